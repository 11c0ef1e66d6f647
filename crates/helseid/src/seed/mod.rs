//! The seed file of the authority: clients, APIs and organisations that are there from the start.

mod written;

use std::path::Path;

use helseid_admin_api::ClientRegistration;
use helseid_authority::{NotRegistered, Seed};
use helseid_protocol::secret::without_numbers;
use serde_json::Value;

use crate::failure::Failure;
use crate::key_files;
use written::{SeedClient, SeedKey};

/// Reads a file in TOML; key files in it are beside it.
pub(crate) fn read(file: &Path) -> Result<Seed, Failure> {
    let text = crate::files::read_text(file)?;
    let wrong = |why: &dyn std::fmt::Display| {
        let next = "correct the file; the guide to continuous integration shows one";
        Failure::new(format_args!("{} is not a valid seed file", file.display()), why, next)
    };
    let written = written::parse(&text).map_err(|why| wrong(&without_numbers(why.to_string().trim_end())))?;
    let folder = file.parent().unwrap_or(Path::new(""));
    let clients = written.client.into_iter().map(|client| registration(client, folder));
    Ok(Seed {
        apis: written.api,
        organisations: written.organisation,
        delegations: written.delegation,
        persons: written.person,
        clients: clients.collect::<Result<_, _>>()?,
    })
}

impl From<NotRegistered> for Failure {
    fn from(error: NotRegistered) -> Self {
        Self::new(error.title, error.detail, error.next)
    }
}

/// A client with the keys that its entry names or holds.
fn registration(mut client: SeedClient, folder: &Path) -> Result<ClientRegistration, Failure> {
    let jwk = |key: SeedKey| match key {
        SeedKey::File(name) => Ok(Value::Object(key_files::public(&folder.join(name))?.members().clone())),
        SeedKey::Jwk(members) => Ok(Value::Object(members)),
    };
    let keys = std::mem::take(&mut client.keys);
    Ok(client.registration(keys.into_iter().map(jwk).collect::<Result<_, Failure>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_refused_wherever_it_stands() {
        let person = "[[person]]\nshort_name = \"surgeon\"\nnumber = \"29829620004\"\ngiven_name = \"Bjørn\"\nfamily_name = \"Ås\"\n";
        let client = "[[client]]\nid = \"a\"\nscopes = [\"openid\"]\nkeys = []\n";
        for (file, name) in [
            ("[[persons]]\n".to_owned(), "persons"),
            (format!("{person}famly_name = \"Ås\"\n"), "famly_name"),
            (format!("{person}healthpersonnel = {{ hpr_number = 1 }}\n"), "healthpersonnel"),
            (format!("{person}health_personnel = {{ hpr_number = 1, approval = [] }}\n"), "approval"),
            (
                format!(
                    "{person}[[person.health_personnel.approvals]]\nprofession = \"LE\"\nright = []\n\
                         [person.health_personnel]\nhpr_number = 1\n"
                ),
                "right",
            ),
            (format!("{client}grants = [\"authorization_code\"]\n"), "grants"),
            (format!("{client}redirect_uris = [\"https://app.example/callback\"]\n"), "redirect_uris"),
            (
                format!("{client}[client.login]\nredirect_uri = [\"https://app.example/callback\"]\n"),
                "redirect_uri",
            ),
            (format!("{client}[client.login]\nrequire_pushed = true\n"), "require_pushed"),
            (format!("{client}grant_types = [\"authorisation_code\"]\n"), "authorisation_code"),
            (format!("{client}[client.login]\nidentity_providers = [\"testid\"]\n"), "testid"),
        ] {
            let why = written::parse(&file).unwrap_err().to_string();
            assert!(
                why.contains(&format!("`{name}`")) || why.contains(&format!("\"{name}\"")),
                "{name}: {why}"
            );
        }
        for good in [person, client] {
            assert!(written::parse(good).is_ok(), "{:?}", written::parse(good).err());
        }
    }

    #[test]
    fn a_person_in_a_file_is_read_and_one_with_a_wrong_number_is_refused_without_it() {
        let file = |number: &str| {
            format!(
                "[[person]]\nshort_name = \"surgeon\"\nnumber = {number}\ngiven_name = \"Bjørn\"\nfamily_name = \"Ås\"\n\
                 health_personnel = {{ hpr_number = 1, approvals = [{{ profession = \"LE\" }}] }}\n"
            )
        };
        let read = written::parse(&file("\"29829620004\"")).unwrap();
        assert_eq!(read.person[0].person.number.expose(), "29829620004");
        for wrong in ["\"29829620005\"", "29829620004", "\"29029620004\""] {
            let why = without_numbers(&written::parse(&file(wrong)).unwrap_err().to_string());
            assert!(why.contains("number") && !why.contains(wrong.trim_matches('"')), "{why}");
        }
    }
}
