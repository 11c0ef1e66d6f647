//! National identity numbers of synthetic persons.

use std::fmt;

/// The national identity number of a synthetic person: `DDMMYY`, three digits that tell the century, and two check digits.
///
/// A synthetic number has a month that no calendar has, so that it can never be the number of a living person. A D-number,
/// whose day is raised by 40, is taken as well. Does not print itself.
///
/// ```
/// use helseid_protocol::person::{PersonNumber, SyntheticMonth};
///
/// let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80)?;
/// assert!(!format!("{number:?}").contains(number.expose()));
/// # Ok::<(), helseid_protocol::person::InvalidPersonNumber>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonNumber(Box<str>);

/// What is added to the month of the numbers that are taken.
///
/// ```
/// use helseid_protocol::person::{InvalidPersonNumber, PersonNumber, SyntheticMonth};
///
/// // Nobody's number: the month is raised by 40, and the check digits do not fit.
/// let number = "15449197352";
/// let read = PersonNumber::parse(number, SyntheticMonth::default());
/// assert_eq!(read, Err(InvalidPersonNumber::Plus40));
/// // Here the month passes, and the check digits are looked at.
/// let read = PersonNumber::parse(number, SyntheticMonth::Plus80OrPlus40);
/// assert_eq!(read, Err(InvalidPersonNumber::CheckDigits));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SyntheticMonth {
    /// 80, as the national test population (Tenor) has it.
    #[default]
    Plus80,
    /// 80, or 40 as older test data has it. Hospitals give numbers of that form to real patients (hjelpenummer), so it is
    /// never the default.
    Plus80OrPlus40,
}

/// Why a text is not the number of a synthetic person. Never repeats the number.
///
/// ```
/// use helseid_protocol::person::{InvalidPersonNumber, PersonNumber, SyntheticMonth};
///
/// let typed = PersonNumber::parse("158491973", SyntheticMonth::Plus80);
/// assert_eq!(typed, Err(InvalidPersonNumber::Form));
/// assert_eq!(InvalidPersonNumber::Form.to_string(), "expected eleven digits");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPersonNumber {
    /// Not eleven digits.
    #[error("expected eleven digits")]
    Form,
    /// A month of the calendar: it may be a real person's.
    #[error(
        "expected the number of a synthetic person, whose month is raised by 80; this may be the number of a real person"
    )]
    Real,
    /// A month raised by 40, where that is not taken.
    #[error(
        "expected a month that is raised by 80; one that is raised by 40 may be the number of a real patient, and is taken \
         only where the setting for it is on"
    )]
    Plus40,
    /// No date.
    #[error("expected a date of birth whose month is raised by 80")]
    Date,
    /// The last two digits.
    #[error("expected two check digits that fit the first nine digits")]
    CheckDigits,
}

impl PersonNumber {
    /// Takes eleven digits of which the month is raised as `month` says, the date exists, and both check digits fit.
    ///
    /// Not checked: whether the number is given to anyone.
    pub fn parse(text: &str, month: SyntheticMonth) -> Result<Self, InvalidPersonNumber> {
        let digits = digits(text).ok_or(InvalidPersonNumber::Form)?;
        date_is_synthetic(&digits, month)?;
        if check_digits_fit(&digits) { Ok(Self(text.into())) } else { Err(InvalidPersonNumber::CheckDigits) }
    }

    /// Whether the text may be the number of a real person, where synthetic ones are as `month` says: eleven digits with a month of
    /// the calendar, or one that hospitals give, and with check digits that fit. For texts that need not be a synthetic person's
    /// number, but must not be a real one's.
    #[must_use]
    pub fn may_be_of_a_real_person(text: &str, month: SyntheticMonth) -> bool {
        let Some(digits) = digits(text) else { return false };
        let date = date_is_synthetic(&digits, month);
        matches!(date, Err(InvalidPersonNumber::Real | InvalidPersonNumber::Plus40))
            && check_digits_fit(&digits)
    }

    /// The eleven digits, for the one place that must store, send or show them to the person.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PersonNumber(hidden)")
    }
}

fn digits(text: &str) -> Option<[u32; 11]> {
    let mut digits = [0; 11];
    let mut characters = text.chars();
    for digit in &mut digits {
        *digit = characters.next()?.to_digit(10)?;
    }
    characters.next().is_none().then_some(digits)
}

fn date_is_synthetic(digits: &[u32; 11], taken: SyntheticMonth) -> Result<(), InvalidPersonNumber> {
    let [d1, d2, m1, m2, y1, y2, i1, i2, i3, ..] = *digits;
    let (day, month, year) = (10 * d1 + d2, 10 * m1 + m2, 10 * y1 + y2);
    let month = match month {
        1..=12 => return Err(InvalidPersonNumber::Real),
        41..=52 if taken == SyntheticMonth::Plus80 => return Err(InvalidPersonNumber::Plus40),
        41..=52 => month - 40,
        81..=92 => month - 80,
        _ => return Err(InvalidPersonNumber::Date),
    };
    let year = full_year(year, 100 * i1 + 10 * i2 + i3).ok_or(InvalidPersonNumber::Date)?;
    // A D-number's day is raised by 40.
    let day = if day > 40 { day - 40 } else { day };
    if (1..=days_of(month, year)).contains(&day) { Ok(()) } else { Err(InvalidPersonNumber::Date) }
}

/// The year that its last two digits and the individual number stand for (Skatteetaten: national identity numbers).
const fn full_year(year: u32, individual: u32) -> Option<u32> {
    match (individual, year) {
        (0..=499, _) | (900..=999, 40..=99) => Some(1900 + year),
        (500..=749, 54..=99) => Some(1800 + year),
        (500..=999, 0..=39) => Some(2000 + year),
        _ => None,
    }
}

const fn days_of(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Each check digit makes a weighted sum of itself and all digits before it a multiple of eleven.
fn check_digits_fit(digits: &[u32; 11]) -> bool {
    const FIRST: [u32; 10] = [3, 7, 6, 1, 8, 9, 4, 5, 2, 1];
    const SECOND: [u32; 11] = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    let fits = |weights: &[u32]| {
        let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum();
        sum.is_multiple_of(11)
    };
    fits(&FIRST) && fits(&SECOND)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The number with these first nine digits, if check digits make it one.
    pub(crate) fn with_check_digits(nine: &str) -> Option<String> {
        (0..100)
            .map(|end| format!("{nine}{end:02}"))
            .find(|text| check_digits_fit(&digits(text).expect("digits")))
    }

    fn refused(text: &str) -> InvalidPersonNumber {
        PersonNumber::parse(text, SyntheticMonth::Plus80).expect_err(text)
    }

    #[test]
    fn the_known_synthetic_persons_have_valid_numbers() {
        for text in ["15849197352", "06828399789", "05898597468", "16858399649"] {
            assert_eq!(PersonNumber::parse(text, SyntheticMonth::Plus80).expect(text).expose(), text);
        }
    }

    #[test]
    fn each_digit_that_is_changed_breaks_the_number() {
        let valid = "15849197352";
        for place in 0..11 {
            for digit in ('0'..='9').filter(|digit| valid.chars().nth(place) != Some(*digit)) {
                let changed: String = valid
                    .chars()
                    .enumerate()
                    .map(|(at, old)| if at == place { digit } else { old })
                    .collect();
                assert!(PersonNumber::parse(&changed, SyntheticMonth::Plus80OrPlus40).is_err(), "{changed}");
            }
        }
        assert_eq!(refused("15849197353"), InvalidPersonNumber::CheckDigits);
    }

    #[test]
    fn numbers_that_real_people_may_have_are_refused_with_the_reason() {
        // One number for each kind of month, all with check digits that fit.
        for (nine, refusal) in [
            ("150491973", InvalidPersonNumber::Real),
            ("550491973", InvalidPersonNumber::Real),
            ("154491973", InvalidPersonNumber::Plus40),
            ("152491973", InvalidPersonNumber::Date),
            ("156991973", InvalidPersonNumber::Date),
            ("159391973", InvalidPersonNumber::Date),
        ] {
            let number = (0..10).find_map(|last| with_check_digits(&format!("{}{last}", &nine[..8])));
            let number = number.expect("a number");
            assert_eq!(refused(&number), refusal, "{nine}");
            let is_real = matches!(refusal, InvalidPersonNumber::Real | InvalidPersonNumber::Plus40);
            let may_be = |text: &str| PersonNumber::may_be_of_a_real_person(text, SyntheticMonth::Plus80);
            assert_eq!(may_be(&number), is_real, "{nine}");
            // Of no person: the check digits do not fit, or it is no number.
            let last = number.bytes().last().expect("a digit") - b'0';
            assert!(!may_be(&format!("{}{}", &number[..10], (last + 1) % 10)) && !may_be(&number[..10]));
        }
        assert!(InvalidPersonNumber::Real.to_string().contains("real person"));
    }

    #[test]
    fn a_month_raised_by_forty_and_a_d_number_are_taken_where_they_are_meant() {
        for (eight, default, named) in [
            ("15449197", false, true),
            ("55849197", true, true),
            ("55449197", false, true),
            ("95849197", false, false),
        ] {
            let number =
                (0..10).find_map(|last| with_check_digits(&format!("{eight}{last}"))).expect("a number");
            assert_eq!(PersonNumber::parse(&number, SyntheticMonth::Plus80).is_ok(), default, "{number}");
            assert_eq!(
                PersonNumber::parse(&number, SyntheticMonth::Plus80OrPlus40).is_ok(),
                named,
                "{number}"
            );
        }
    }

    #[test]
    fn the_date_exists_in_its_century() {
        for (eight, exists) in [
            ("29820050", true),  // 2000 was a leap year,
            ("29820010", false), // and 1900 was none.
            ("31840050", false),
            ("30840050", true),
            ("15846060", true),  // 1860
            ("15845060", false), // neither 1850 nor 2050
        ] {
            let number =
                (0..10).find_map(|last| with_check_digits(&format!("{eight}{last}"))).expect("a number");
            let read = PersonNumber::parse(&number, SyntheticMonth::Plus80);
            assert_eq!(read.is_ok(), exists, "{number}: {read:?}");
            assert!(exists || read == Err(InvalidPersonNumber::Date), "{number}");
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in [
            "",
            "1584919735",
            "158491973521",
            "1584919735a",
            "15849 97352",
            "-5849197352",
            "１５８４９１９７３５２",
        ] {
            assert_eq!(refused(text), InvalidPersonNumber::Form, "{text}");
        }
    }

    #[test]
    fn a_number_is_not_shown() {
        let number = PersonNumber::parse("15849197352", SyntheticMonth::Plus80).expect("a number");
        assert_eq!(format!("{number:?}"), "PersonNumber(hidden)");
    }
}
