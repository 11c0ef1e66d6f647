//! Which of several keys is meant.

use super::UnreadableKey;

/// The place of the one key that `alias` names, or of the only one. Keys without names, of which there is one, are not
/// asked for theirs. `others` says what the file holds if there is no key.
pub(super) fn of(
    names: &[Option<String>],
    alias: Option<&str>,
    others: &'static str,
) -> Result<usize, UnreadableKey> {
    let known = || names.iter().map(|name| shown(name.as_deref())).take(MAX_SHOWN).collect();
    let named = |is_it: &dyn Fn(&str) -> bool| {
        let mut places =
            (0..names.len()).filter(|place| names.get(*place).and_then(Option::as_deref).is_some_and(is_it));
        (places.next(), places.next())
    };
    match (names, alias) {
        ([], _) => Err(UnreadableKey::NoPrivateKey(others)),
        ([_], None) | ([None], Some(_)) => Ok(0),
        (_, None) => Err(UnreadableKey::SeveralKeys(known())),
        // Java writes aliases in small letters.
        (_, Some(alias)) => {
            match (named(&|name| name == alias), named(&|name| name.eq_ignore_ascii_case(alias))) {
                ((Some(place), None), _) | ((None, _), (Some(place), None)) => Ok(place),
                ((None, _), (None, _)) => {
                    Err(UnreadableKey::NoKeyNamed { alias: shown(Some(alias)), names: known() })
                }
                _ => Err(UnreadableKey::SeveralKeys(known())),
            }
        }
    }
}

/// The most names that are told.
const MAX_SHOWN: usize = 10;

fn shown(name: Option<&str>) -> String {
    name.map_or_else(|| "one without a name".to_owned(), |name| name.chars().take(64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<Option<String>> {
        names.iter().map(|name| (*name != "-").then(|| (*name).to_owned())).collect()
    }

    #[test]
    fn one_key_is_taken_and_of_several_the_named_one() {
        for (known, alias, place) in [
            (&["one"][..], None, 0),
            (&["-"], None, 0),
            (&["-"], Some("any"), 0),
            (&["one"], Some("one"), 0),
            (&["one", "two"], Some("two"), 1),
            (&["one", "-"], Some("one"), 0),
            (&["one", "two"], Some("TWO"), 1),
            (&["One", "one"], Some("one"), 1),
        ] {
            assert_eq!(of(&names(known), alias, "nothing"), Ok(place), "{known:?} {alias:?}");
        }
    }

    #[test]
    fn else_the_names_are_told() {
        let several = |known: &[&str]| {
            UnreadableKey::SeveralKeys(known.iter().map(|name| (*name).to_owned()).collect())
        };
        assert_eq!(of(&[], Some("one"), "a certificate"), Err(UnreadableKey::NoPrivateKey("a certificate")));
        assert_eq!(of(&names(&["one", "two"]), None, ""), Err(several(&["one", "two"])));
        assert_eq!(of(&names(&["one", "one"]), Some("one"), ""), Err(several(&["one", "one"])));
        let of_two = of(&names(&["one", "-"]), Some("three"), "");
        let Err(UnreadableKey::NoKeyNamed { alias, names }) = of_two else { panic!("{of_two:?}") };
        assert_eq!(
            (alias.as_str(), names),
            ("three", vec!["one".to_owned(), "one without a name".to_owned()])
        );
        assert!(of(&self::names(&["one"]), Some("two"), "").is_err());
    }
}
