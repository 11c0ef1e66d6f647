//! Text of others as people may be shown it: without what commands a terminal, and without what changes the look of a name
//! and cannot be seen itself.

use std::borrow::Cow;

/// What stands for each character that is not shown.
const REPLACEMENT: char = '\u{fffd}';

/// `text` in one line, in which each [hidden](is_hidden) character is seen as U+FFFD. Letters of every language stay.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    replaced(text, is_hidden)
}

/// The same of a text of several lines, whose line ends and tabs stay.
#[must_use]
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    replaced(text, |each| is_hidden(each) && !matches!(each, '\n' | '\t'))
}

/// The same of what a program of ours wrote with colours of its own: control characters stay, which it has replaced already.
#[must_use]
pub fn visible_in_colour(text: &str) -> Cow<'_, str> {
    replaced(text, |each| is_hidden(each) && !each.is_control())
}

/// Whether `each` is a control character, or a format character that has no look of its own: controls of the direction of
/// writing (with which one name looks like another), characters without width, fillers, variation selectors and tags.
///
/// Some scripts join letters by two of these, and emoji by a third; no name that HelseID knows is written so.
#[must_use]
pub fn is_hidden(each: char) -> bool {
    // What nearly every text is made of.
    if matches!(each, ' '..='~') {
        return false;
    }
    each.is_control()
        || matches!(each,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

fn replaced(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    text.chars().map(|each| if hidden(each) { REPLACEMENT } else { each }).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_seen_as_a_replacement() {
        for hidden in
            ['\0', '\u{1b}', '\u{9b}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2066}', '\u{feff}', '\u{e0041}']
        {
            assert_eq!(visible(&format!("a{hidden}b")), "a\u{fffd}b", "{:x}", u32::from(hidden));
        }
    }

    #[test]
    fn letters_of_every_language_stay_and_nothing_is_copied_for_them() {
        for text in [
            "",
            "Klinikk A/S, æøå",
            "\u{10e1}\u{10d0}\u{10e5}",
            "\u{5d0}\u{5d1}",
            "\u{4e2d}\u{6587}",
            "e\u{301}",
        ] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text), "{text}");
        }
    }

    #[test]
    fn lines_stay_lines_and_colours_colours() {
        assert_eq!(visible_lines("a\n\tb\r\u{202e}"), "a\n\tb\u{fffd}\u{fffd}");
        assert_eq!(visible_in_colour("\u{1b}[1ma\u{202e}\n"), "\u{1b}[1ma\u{fffd}\n");
    }
}
