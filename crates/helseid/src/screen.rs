//! What others sent, as a terminal shows it: text without what would steer the terminal.

/// Bytes that come piece by piece and may be cut within a letter.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    /// The begin of a letter whose rest is still to come: at most three bytes.
    cut: Vec<u8>,
    /// The last character that was shown.
    last: Option<char>,
}

impl Screen {
    /// The next piece.
    pub(crate) fn shown(&mut self, piece: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.cut);
        bytes.extend_from_slice(piece);
        let whole = whole_letters(&bytes);
        self.cut = bytes.split_off(whole);
        self.take(&bytes)
    }

    /// The rest, and the end of the line if it is missing.
    pub(crate) fn end(mut self) -> String {
        let cut = std::mem::take(&mut self.cut);
        let mut text = self.take(&cut);
        if self.last.is_some_and(|last| last != '\n') {
            text.push('\n');
        }
        text
    }

    fn take(&mut self, bytes: &[u8]) -> String {
        let text = printable(&String::from_utf8_lossy(bytes));
        self.last = text.chars().last().or(self.last);
        text
    }
}

/// Line ends and tabs lay text out, and steer nothing else.
fn printable(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.split_inclusive(['\n', '\t']).map(line).collect()
}

fn line(text: &str) -> String {
    let end = text.chars().next_back().filter(|last| matches!(last, '\n' | '\t'));
    let body = end.and_then(|end| text.strip_suffix(end)).unwrap_or(text);
    crate::output::printable(body) + end.map(String::from).unwrap_or_default().as_str()
}

/// How many of the bytes are whole letters, or no letters at all; behind them one begins that may go on. Also a CR, of
/// which only the next byte tells whether it ends a line.
fn whole_letters(bytes: &[u8]) -> usize {
    if bytes.last() == Some(&b'\r') {
        return bytes.len() - 1;
    }
    let tail = bytes.len().saturating_sub(3);
    let begin = (tail..bytes.len()).rev().find(|at| bytes.get(*at).is_some_and(|byte| byte & 0xC0 != 0x80));
    let goes_on = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        std::str::from_utf8(rest).is_err_and(|why| why.error_len().is_none())
    };
    begin.filter(goes_on).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(pieces: &[&[u8]]) -> String {
        let mut screen = Screen::default();
        let shown: String = pieces.iter().map(|piece| screen.shown(piece)).collect();
        shown + &screen.end()
    }

    #[test]
    fn escape_sequences_do_not_pass_and_text_does() {
        assert_eq!(whole(&["{\"a\":\t\"Ås\"}\r\nnext\n".as_bytes()]), "{\"a\":\t\"Ås\"}\nnext\n");
        assert_eq!(whole(&[b"no end"]), "no end\n");
        assert_eq!(whole(&[]), "");
        for steering in ["\x1b]0;title\x07", "\x1b[2J", "\u{9b}31m", "over\rwritten", "\x08\x08", "\x7f"] {
            let shown = whole(&[steering.as_bytes()]);
            assert!(shown.contains('\u{fffd}'), "{shown:?}");
            assert!(shown.trim_end_matches('\n').chars().all(|c| !c.is_control()), "{shown:?}");
        }
    }

    proptest! {
        #[test]
        fn where_pieces_are_cut_makes_no_difference(bytes: Vec<u8>, text in "[ aæ€😀\r\n\x1b]{0,20}", cut: prop::sample::Index) {
            for all in [bytes.as_slice(), text.as_bytes()] {
                let (one, two) = all.split_at(cut.index(all.len() + 1));
                prop_assert_eq!(whole(&[one, two]), whole(&[all]));
                prop_assert!(whole(&[all]).chars().all(|c| !c.is_control() || "\n\t".contains(c)));
            }
        }
    }
}
