package vatid

import "strings"

// bulgaria checks the number of a company, which has nine digits, and those of citizens, foreigners and others.
func bulgaria(number string) bool {
	if len(number) == 9 {
		check := weighted(number, 1, 2, 3, 4, 5, 6, 7, 8) % 11
		if check == 10 {
			check = weighted(number, 3, 4, 5, 6, 7, 8, 9, 10) % 11
		}
		return is(number, check%10)
	}
	citizen := weighted(number, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10
	foreigner := weighted(number, 21, 19, 17, 13, 11, 9, 7, 3, 1) % 10
	other := (11 - weighted(number, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	return is(number, citizen) && date(number[2:4], number[4:6], 20, 40) || is(number, foreigner) || is(number, other)
}

// czechia checks the number of a company, which has eight digits, and those of persons: a birth number, or one that
// begins with 6.
func czechia(number string) bool {
	switch {
	case len(number) == 8:
		check := (11 - weighted(number, 8, 7, 6, 5, 4, 3, 2)%11) % 11
		if check == 0 {
			check = 1
		}
		return number[0] != '9' && is(number, check%10)
	case len(number) == 9 && number[0] == '6':
		rest := weighted(number[1:], 8, 7, 6, 5, 4, 3, 2) % 11
		return is(number, ((8-(10-rest+11)%11)%10+10)%10)
	case len(number) == 9: // until 1953, without a check digit
		return number[:2] <= "53" && date(number[2:4], number[4:6], 50)
	}
	return date(number[2:4], number[4:6], 20, 50, 70) && is(number, value(number[:9])%11%10)
}

// date reports whether a month and a day can be those of a date. One of the offsets may be added to the month.
func date(month, day string, offsets ...int) bool {
	m, d := value(month), value(day)
	days := [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	for _, offset := range append([]int{0}, offsets...) {
		if n := m - offset; n >= 1 && n <= 12 && d >= 1 && d <= days[n-1] {
			return true
		}
	}
	return false
}

// spain checks the numbers of persons, which have a letter at the end, and of companies, which have a letter in front
// and a digit or a letter at the end.
func spain(number string) bool {
	const persons, companies = "TRWAGMYFPDXBNJZSQVHLCKE", "JABCDEFGHI"
	first, digits, last := number[0], number[1:8], number[8]
	switch {
	case first >= '0' && first <= '9':
		return last == persons[value(number[:8])%23]
	case strings.IndexByte("XYZ", first) >= 0:
		return last == persons[(strings.IndexByte("XYZ", first)*10_000_000+value(digits))%23]
	case strings.IndexByte("KLM", first) >= 0:
		return last == persons[value(digits)%23]
	case strings.IndexByte("ABCDEFGHJNPQRSUVW", first) >= 0:
		check := (10 - doubled(digits+"0")%10) % 10
		return last == byte('0'+check) || last == companies[check]
	}
	return false
}

// britain checks numbers of traders and branches; those of government departments and health authorities have no check
// digits.
func britain(number string) bool {
	switch {
	case strings.HasPrefix(number, "GD"):
		return value(number[2:]) < 500
	case strings.HasPrefix(number, "HA"):
		return value(number[2:]) >= 500
	}
	rest := weighted(number, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97
	return rest == 0 || number[0] != '0' && (rest == 42 || rest == 55)
}

func switzerland(number string) bool {
	digits := number[1:10]
	return is(digits, (11-weighted(digits, 5, 4, 3, 2, 7, 6, 5, 4)%11)%11)
}

func norway(number string) bool { return weighted(number, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 }
