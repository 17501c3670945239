package cii

import "encoding/xml"

const (
	nsRSM = "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
	nsRAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
	nsUDT = "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"
	nsQDT = "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"
)

// The elements are in the order of the schema. BT and BG are the business terms of EN 16931.

type document struct {
	XMLName     xml.Name    `xml:"rsm:CrossIndustryInvoice"`
	RSM         string      `xml:"xmlns:rsm,attr"`
	RAM         string      `xml:"xmlns:ram,attr"`
	UDT         string      `xml:"xmlns:udt,attr"`
	QDT         string      `xml:"xmlns:qdt,attr"`
	Process     *string     `xml:"rsm:ExchangedDocumentContext>ram:BusinessProcessSpecifiedDocumentContextParameter>ram:ID,omitempty"` // BT-23
	Guideline   string      `xml:"rsm:ExchangedDocumentContext>ram:GuidelineSpecifiedDocumentContextParameter>ram:ID"`                 // BT-24
	ID          string      `xml:"rsm:ExchangedDocument>ram:ID"`                                                                       // BT-1
	TypeCode    string      `xml:"rsm:ExchangedDocument>ram:TypeCode"`                                                                 // BT-3
	IssuedAt    dateTime    `xml:"rsm:ExchangedDocument>ram:IssueDateTime>udt:DateTimeString"`                                         // BT-2
	Transaction transaction `xml:"rsm:SupplyChainTradeTransaction"`
}

type dateTime struct {
	Format string `xml:"format,attr"`
	Text   string `xml:",chardata"`
}

type schemed struct {
	Scheme string `xml:"schemeID,attr"`
	Text   string `xml:",chardata"`
}

type quantity struct {
	Unit  string `xml:"unitCode,attr"`
	Count int    `xml:",chardata"`
}

type currencyAmount struct {
	Currency string `xml:"currencyID,attr"`
	Amount   string `xml:",chardata"`
}

type transaction struct {
	Lines      []lineItem `xml:"ram:IncludedSupplyChainTradeLineItem"`                            // BG-25
	Reference  string     `xml:"ram:ApplicableHeaderTradeAgreement>ram:BuyerReference,omitempty"` // BT-10
	Seller     party      `xml:"ram:ApplicableHeaderTradeAgreement>ram:SellerTradeParty"`
	Buyer      party      `xml:"ram:ApplicableHeaderTradeAgreement>ram:BuyerTradeParty"`
	Order      string     `xml:"ram:ApplicableHeaderTradeAgreement>ram:BuyerOrderReferencedDocument>ram:IssuerAssignedID"`                       // BT-13
	Delivered  dateTime   `xml:"ram:ApplicableHeaderTradeDelivery>ram:ActualDeliverySupplyChainEvent>ram:OccurrenceDateTime>udt:DateTimeString"` // BT-72
	Settlement settlement `xml:"ram:ApplicableHeaderTradeSettlement"`
}

type party struct {
	ID      string   `xml:"ram:ID,omitempty"` // BT-29
	Name    string   `xml:"ram:Name"`
	Contact *contact `xml:"ram:DefinedTradeContact,omitempty"` // BG-6, BG-9
	Address address  `xml:"ram:PostalTradeAddress"`
	Email   *schemed `xml:"ram:URIUniversalCommunication>ram:URIID,omitempty"`
	TaxID   *schemed `xml:"ram:SpecifiedTaxRegistration>ram:ID,omitempty"` // BT-31, BT-32
}

type contact struct {
	Person string  `xml:"ram:PersonName"`
	Phone  *string `xml:"ram:TelephoneUniversalCommunication>ram:CompleteNumber,omitempty"`
	Email  *string `xml:"ram:EmailURIUniversalCommunication>ram:URIID,omitempty"`
}

type address struct {
	PostalCode string `xml:"ram:PostcodeCode,omitempty"`
	LineOne    string `xml:"ram:LineOne,omitempty"`
	LineTwo    string `xml:"ram:LineTwo,omitempty"`
	LineThree  string `xml:"ram:LineThree,omitempty"`
	City       string `xml:"ram:CityName,omitempty"`
	Country    string `xml:"ram:CountryID"`
}

type lineItem struct {
	ID        int              `xml:"ram:AssociatedDocumentLineDocument>ram:LineID"`                                                          // BT-126
	Name      string           `xml:"ram:SpecifiedTradeProduct>ram:Name"`                                                                     // BT-153
	Price     string           `xml:"ram:SpecifiedLineTradeAgreement>ram:NetPriceProductTradePrice>ram:ChargeAmount"`                         // BT-146
	Basis     quantity         `xml:"ram:SpecifiedLineTradeAgreement>ram:NetPriceProductTradePrice>ram:BasisQuantity"`                        // BT-149
	Billed    quantity         `xml:"ram:SpecifiedLineTradeDelivery>ram:BilledQuantity"`                                                      // BT-129
	Tax       category         `xml:"ram:SpecifiedLineTradeSettlement>ram:ApplicableTradeTax"`                                                // BG-30
	Allowance *allowanceCharge `xml:"ram:SpecifiedLineTradeSettlement>ram:SpecifiedTradeAllowanceCharge,omitempty"`                           // BG-27
	Net       string           `xml:"ram:SpecifiedLineTradeSettlement>ram:SpecifiedTradeSettlementLineMonetarySummation>ram:LineTotalAmount"` // BT-131
}

type category struct {
	Type    string `xml:"ram:TypeCode"`
	Code    string `xml:"ram:CategoryCode"`
	Percent string `xml:"ram:RateApplicablePercent,omitempty"`
}

type allowanceCharge struct {
	Charge     bool   `xml:"ram:ChargeIndicator>udt:Indicator"` // false: an allowance
	Amount     string `xml:"ram:ActualAmount"`
	ReasonCode string `xml:"ram:ReasonCode"`
	Reason     string `xml:"ram:Reason"`
}

type settlement struct {
	TaxCurrency string      `xml:"ram:TaxCurrencyCode,omitempty"`                         // BT-6
	Currency    string      `xml:"ram:InvoiceCurrencyCode"`                               // BT-5
	Means       string      `xml:"ram:SpecifiedTradeSettlementPaymentMeans>ram:TypeCode"` // BT-81
	Taxes       []breakdown `xml:"ram:ApplicableTradeTax"`                                // BG-23
	Summation   summation   `xml:"ram:SpecifiedTradeSettlementHeaderMonetarySummation"`   // BG-22
	Preceding   *reference  `xml:"ram:InvoiceReferencedDocument,omitempty"`               // BG-3
}

type breakdown struct {
	Amount     string `xml:"ram:CalculatedAmount"` // BT-117
	Type       string `xml:"ram:TypeCode"`
	Reason     string `xml:"ram:ExemptionReason,omitempty"`       // BT-120
	Basis      string `xml:"ram:BasisAmount"`                     // BT-116
	Code       string `xml:"ram:CategoryCode"`                    // BT-118
	ReasonCode string `xml:"ram:ExemptionReasonCode,omitempty"`   // BT-121
	Percent    string `xml:"ram:RateApplicablePercent,omitempty"` // BT-119
}

type summation struct {
	LineTotal  string           `xml:"ram:LineTotalAmount"`     // BT-106
	TaxBasis   string           `xml:"ram:TaxBasisTotalAmount"` // BT-109
	TaxTotals  []currencyAmount `xml:"ram:TaxTotalAmount"`      // BT-110, BT-111
	GrandTotal string           `xml:"ram:GrandTotalAmount"`    // BT-112
	Prepaid    string           `xml:"ram:TotalPrepaidAmount"`  // BT-113
	Due        string           `xml:"ram:DuePayableAmount"`    // BT-115
}

type reference struct {
	ID       string   `xml:"ram:IssuerAssignedID"`                          // BT-25
	IssuedAt dateTime `xml:"ram:FormattedIssueDateTime>qdt:DateTimeString"` // BT-26
}
