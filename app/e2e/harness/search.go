package harness

// SearchCase is a search text and the title that is expected as its first hit.
type SearchCase struct {
	Query string // of q, as it is typed
	First string // empty: nothing is found
	Match string // how it is found: exact, prefix, title words, description or similar
}

// SearchTitles returns titles that common search implementations do not find. The sample catalog has none of them.
// Saleor, Elasticsuite and EverShop had reports of such titles: elasticsuite#2271, evershop#665, saleor#18843.
func SearchTitles() []string {
	return []string{
		"Counter-Strike 1.6", "S.T.A.L.K.E.R.", "F.E.A.R. 3", "1-2-Switch", "AC/DC Live", "Don’t Starve",
		"Café Éclair", "ŁÓDŹ", "Οδυσσεύς", "हिन्दी", "Straße der Spiele", "Pokémon", "ゼルダの伝説",
		"100% Orange_Juice",
	}
}

// SearchCases returns searches of the sample catalog with SearchTitles.
func SearchCases() []SearchCase {
	const exact, prefix, words, description, similar = "exact", "prefix", "title words", "description", "similar"
	return []SearchCase{
		{"Counter-Strike 1.6", "Counter-Strike 1.6", exact},
		{"counterstrike", "Counter-Strike 1.6", prefix},
		{"counter 1.6", "Counter-Strike 1.6", words},
		{"S.T.A.L.K.E.R.", "S.T.A.L.K.E.R.", exact},
		{"stalker", "S.T.A.L.K.E.R.", exact},
		{"F.E.A.R. 3", "F.E.A.R. 3", exact},
		{"fear", "F.E.A.R. 3", prefix},
		{"1-2-Switch", "1-2-Switch", exact},
		{"switch", "1-2-Switch", words},
		{"AC/DC Live", "AC/DC Live", exact},
		{"acdc", "AC/DC Live", prefix},
		{"live ac dc", "AC/DC Live", words},
		{"Don’t Starve", "Don’t Starve", exact},
		{"dont starve", "Don’t Starve", exact},
		{"CAFÉ ÉCLAIR", "Café Éclair", exact},
		{"cafe", "Café Éclair", prefix},
		{"ŁÓDŹ", "ŁÓDŹ", exact},
		{"lodz", "ŁÓDŹ", exact},
		{"ΟΔΥΣΣΕΥΣ", "Οδυσσεύς", exact},
		{"हिन्दी", "हिन्दी", exact},
		{"ゼルダ", "ゼルダの伝説", prefix},
		{"strasse", "Straße der Spiele", prefix},
		{"pokemon", "Pokémon", exact},
		{"pokemn", "Pokémon", similar},
		{"100% orange", "100% Orange_Juice", prefix},
		{"star orchard", "Star Orchard", exact},
		{"starorch", "Star Orchard", prefix},
		{"orchads", "Star Orchard", similar},
		{"star orchads", "Star Orchard", similar},
		{"herons gambit", "Heron's Gambit", exact},
		{"copper clay", "Copper & Clay", exact},
		{"glassblower", "Lanterns of Vell: The Glassblowers", words},
		{"otters", "Pocket Archipelago", description},
		{"riftwardan", "Riftwarden Academy", similar},
		{"archipelgo", "Pocket Archipelago", similar},
		{"%", "", ""},
		{"_", "", ""},
		{"😀", "", ""},
		{"!?", "", ""},
	}
}
