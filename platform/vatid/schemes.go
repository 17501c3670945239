package vatid

import (
	"strconv"
	"strings"
)

// scheme is how a country makes its numbers. normal completes shorter forms; nil: there are none.
type scheme struct {
	pattern string
	example string
	check   func(number string) bool
	normal  func(number string) string
}

// schemeOf returns the scheme of a prefix: the member states of the European Union, and the United Kingdom, Switzerland
// and Norway.
func schemeOf(prefix string) (s scheme, known bool) {
	s, known = map[string]scheme{
		"AT": {`U\d{8}`, "U13585627", austria, nil},
		"BE": {`[01]\d{9}`, "0403019261", belgium, pad(10)},
		"BG": {`\d{9,10}`, "175074752", bulgaria, nil},
		"CY": {`\d{8}[A-Z]`, "10259033P", cyprus, nil},
		"CZ": {`\d{8,10}`, "25123891", czechia, nil},
		"DE": {`[1-9]\d{8}`, "136695976", mod11And10, nil},
		"DK": {`[1-9]\d{7}`, "13585628", divisible(11, 2, 7, 6, 5, 4, 3, 2, 1), nil},
		"EE": {`\d{9}`, "100931558", divisible(10, 3, 7, 1, 3, 7, 1, 3, 7, 1), nil},
		"EL": {`\d{9}`, "094259216", greece, pad(9)},
		"ES": {`[0-9A-Z]\d{7}[0-9A-Z]`, "B58378431", spain, nil},
		"FI": {`\d{8}`, "20774740", divisible(11, 7, 9, 10, 5, 8, 4, 2, 1), nil},
		"FR": {`[0-9A-HJ-NP-Z]{2}\d{9}`, "40303265045", france, nil},
		"HR": {`\d{11}`, "33392005961", mod11And10, nil},
		"HU": {`\d{8}`, "12892312", divisible(10, 9, 7, 3, 1, 9, 7, 3, 1), nil},
		"IE": {`\d[0-9A-Z+*]\d{5}[A-W][A-IW]?`, "6433435F", ireland, nil},
		"IT": {`\d{11}`, "00743110157", luhn, nil},
		"LT": {`\d{7}1\d|\d{10}1\d`, "119511515", lithuania, nil},
		"LU": {`\d{8}`, "15027442", luxembourg, nil},
		"LV": {`\d{11}`, "40003521600", latvia, nil},
		"MT": {`[1-9]\d{7}`, "11679112", divisible(37, 3, 4, 6, 7, 8, 9, 10, 1), nil},
		"NL": {`\d{9}B\d{2}`, "004495445B01", netherlands, nil},
		"PL": {`\d{10}`, "8567346215", divisible(11, 6, 5, 7, 2, 3, 4, 5, 6, 7, -1), nil},
		"PT": {`[1-9]\d{8}`, "501964843", portugal, nil},
		"RO": {`[1-9]\d{1,9}`, "18547290", romania, nil},
		"SE": {`\d{10}01`, "556188840401", sweden, nil},
		"SI": {`[1-9]\d{7}`, "50223054", slovenia, nil},
		"SK": {`[1-9]\d[2-47-9]\d{7}`, "2022749619", slovakia, nil},
		"GB": {`\d{9}|\d{12}|(?:GD|HA)\d{3}`, "980780684", britain, nil},
		"XI": {`\d{9}|\d{12}|(?:GD|HA)\d{3}`, "980780684", britain, nil},
		"CH": {`E\d{9}(?:MWST|TVA|IVA|TPV)?`, "E107787577MWST", switzerland, nil},
		"NO": {`\d{9}(?:MVA)?`, "995525828MVA", norway, nil},
	}[prefix]
	return s, known
}

func pad(length int) func(string) string {
	return func(number string) string {
		if len(number) == length-1 {
			return "0" + number
		}
		return number
	}
}

// value returns the value of digits, as many as fit 63 bits.
func value(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return -1
	}
	return n
}

// weighted returns the sum of the digits with their weights.
func weighted(number string, weights ...int) (sum int) {
	for i, w := range weights {
		sum += w * int(number[i]-'0')
	}
	return sum
}

// divisible returns the check of a number whose weighted sum is divisible.
func divisible(by int, weights ...int) func(string) bool {
	return func(number string) bool { return weighted(number, weights...)%by == 0 }
}

// is reports whether the last digit is a check digit.
func is(number string, check int) bool { return int(number[len(number)-1]-'0') == check }

// doubled returns the sum of the digits, of which every second one, counted from the end, is doubled first and then
// replaced by the sum of its digits.
func doubled(number string) (sum int) {
	for i := range number {
		n := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return sum
}

func luhn(number string) bool { return doubled(number)%10 == 0 }

// mod11And10 checks by ISO/IEC 7064, MOD 11,10.
func mod11And10(number string) bool {
	check := 5
	for i := range number[:len(number)-1] {
		if check == 0 {
			check = 10
		}
		check = (check*2%11 + int(number[i]-'0')) % 10
	}
	if check == 0 {
		check = 10
	}
	return (check*2%11+int(number[len(number)-1]-'0'))%10 == 1
}

func austria(number string) bool {
	digits := number[1:]
	return is(digits, ((6-doubled(digits[:7]))%10+10)%10)
}

func belgium(number string) bool { return 97-value(number[:8])%97 == value(number[8:]) }

func cyprus(number string) bool {
	sum := 0
	for i := range number[:8] {
		n := int(number[i] - '0')
		if i%2 == 0 {
			n = []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}[n]
		}
		sum += n
	}
	return !strings.HasPrefix(number, "12") && number[8] == byte('A'+sum%26)
}

func greece(number string) bool {
	return is(number, weighted(number, 256, 128, 64, 32, 16, 8, 4, 2)%11%10)
}

// france checks the two leading characters; a number of Monaco has no SIREN behind them, any other has one.
func france(number string) bool {
	const letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	siren := number[2:]
	if !strings.HasPrefix(siren, "000") && !luhn(siren) {
		return false
	}
	if key := value(number[:2]); key >= 0 {
		return key == value(siren+"12")%97
	}
	first, second := strings.IndexByte(letters, number[0]), strings.IndexByte(letters, number[1])
	check := first*34 + second - 100
	if first < 10 {
		check = first*24 + second - 10
	}
	return (value(siren)+1+check/11)%11 == check%11
}

func ireland(number string) bool {
	const letters = "WABCDEFGHIJKLMNOPQRSTUV"
	digits, letter := number[:7], 0
	if strings.Trim(number[1:2], "0123456789") != "" { // of the old form, whose first digit comes last
		digits = "0" + number[2:7] + number[:1]
	} else if len(number) == 9 {
		letter = strings.IndexByte(letters, number[8])
	}
	return number[7] == letters[(weighted(digits, 8, 7, 6, 5, 4, 3, 2)+9*letter)%23]
}

func lithuania(number string) bool {
	sum, again := 0, 0
	for i := range number[:len(number)-1] {
		sum += (1 + i%9) * int(number[i]-'0')
		again += (1 + (i+2)%9) * int(number[i]-'0')
	}
	if sum%11 == 10 {
		sum = again
	}
	return is(number, sum%11%10)
}

func luxembourg(number string) bool { return value(number[:6])%89 == value(number[6:]) }

func latvia(number string) bool {
	if number[0] > '3' {
		return weighted(number, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
	}
	return is(number, (1+weighted(number, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10)
}

// netherlands checks the number of a company, or by ISO/IEC 7064, MOD 97,10 that of a sole proprietor since 2020.
func netherlands(number string) bool {
	if value(number[:9]) > 0 && weighted(number, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 {
		return value(number[10:]) > 0
	}
	rest := 0
	for _, r := range "NL" + number {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest == 1
}

func portugal(number string) bool {
	return is(number, (11-weighted(number, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10)
}

func romania(number string) bool {
	digits := strings.Repeat("0", 10-len(number)) + number
	return is(digits, 10*weighted(digits, 7, 5, 3, 2, 1, 7, 5, 3, 2)%11%10)
}

func sweden(number string) bool { return luhn(number[:10]) }

func slovenia(number string) bool {
	check := 11 - weighted(number, 8, 7, 6, 5, 4, 3, 2)%11
	return check != 11 && is(number, check%10)
}

func slovakia(number string) bool { return value(number)%11 == 0 }
