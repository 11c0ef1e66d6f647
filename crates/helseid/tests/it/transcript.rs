//! What differs from run to run, by its kind: so that whole outputs can be compared.

use crate::world::World;

/// `text` with placeholders for folders, ports, ids, keys, times and tokens.
pub(crate) fn plain(world: &World, text: &str) -> String {
    let folder = world.path("").display().to_string();
    let text = text.replace(folder.trim_end_matches('/'), "FOLDER");
    // What a system knows by the name localhost differs.
    let text = text.replace("127.0.0.1, ::1", "127.0.0.1").replace("::1, 127.0.0.1", "127.0.0.1");
    let mut plain = String::new();
    let mut word = String::new();
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || "-_.:+".contains(character) {
            word.push(character);
        } else {
            plain.push_str(&kind(&word));
            word.clear();
            plain.push(character);
        }
    }
    plain.push_str(&kind(&word));
    plain.split_inclusive('\n').map(|line| whens(&durations(line))).collect()
}

/// Capitals and others: a random text, and no word.
fn is_mixed(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase()) && text.bytes().any(|byte| byte.is_ascii_lowercase())
}

/// `expires in 9 min 59 s (TIME)`: how far away a time is.
fn whens(line: &str) -> String {
    let Some(end) = line.find("(TIME)") else { return line.to_owned() };
    let begins = ["expires ", "expired ", "valid from ", "made ", "ends ", "attestation "];
    let begin = begins.iter().filter_map(|words| Some(line[..end].rfind(words)? + words.len())).max();
    begin.map_or(line.to_owned(), |begin| format!("{}WHEN {}", &line[..begin], &line[end..]))
}

fn kind(word: &str) -> String {
    let bare = word.trim_end_matches(['.', ':']);
    let end = &word[bare.len()..];
    let all = |text: &str, allowed: fn(u8) -> bool| !text.is_empty() && text.bytes().all(allowed);
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let upper_hex = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
    let parts: Vec<_> = bare.split('-').map(str::len).collect();
    let hex = |text: &str| all(text, |byte| byte.is_ascii_hexdigit() || byte == b'-');
    let replaced = match bare {
        jwt if jwt.starts_with("eyJ") && jwt.len() > 20 => "JWT".to_owned(),
        guid if parts == [8, 4, 4, 4, 12] && hex(guid) => "GUID".to_owned(),
        // Before ids: 20 characters that end with Z.
        time if time.len() == 20 && time.ends_with('Z') && time.as_bytes()[10] == b'T' => "TIME".to_owned(),
        // One that was cut.
        hash if hash.len() > 30 && end == "..." && all(hash, base64url) => "THUMBPRINT".to_owned(),
        hash if hash.len() == 43 && all(hash, base64url) => "THUMBPRINT".to_owned(),
        number if number.len() == 86 && all(number, base64url) => "SIGNATURE".to_owned(),
        id if (id.len() == 40 || id.len() == 32) && all(id, upper_hex) => "HEX".to_owned(),
        id if id.len() == 22 && all(id, base64url) && is_mixed(id) => "ID".to_owned(),
        id if id.len() == 32 && hex(id) => "ID".to_owned(),
        seconds
            if seconds.len() == 10 && seconds.starts_with("17") && all(seconds, |b| b.is_ascii_digit()) =>
        {
            "SECONDS".to_owned()
        }
        address => match address.rsplit_once(':') {
            Some((host, port)) if port.len() >= 4 && all(port, |byte| byte.is_ascii_digit()) => {
                format!("{host}:PORT")
            }
            _ => address.to_owned(),
        },
    };
    replaced + end
}

/// `(0.4 ms)`, `dns 12 ms`, `in 89 days`: how long something took or takes.
fn durations(text: &str) -> String {
    let words: Vec<_> = text.split(' ').collect();
    let mut plain = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let unit = words.get(place + 1).copied().unwrap_or_default();
        let number = word.trim_start_matches('(');
        let is_unit = ["ms", "days"].into_iter().any(|own| unit.starts_with(own));
        let is_length = is_unit && number.parse::<f64>().is_ok();
        plain.push(if is_length { word.replace(number, "N") } else { (*word).to_owned() });
    }
    plain.join(" ")
}
