//! `key`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use helseid_protocol::id::KeyId;
use helseid_protocol::jose::format::{self, PemForm, UnreadableKey};
use helseid_protocol::jose::{Algorithm, JwkSet, KeyType, PrivateJwk, PublicJwk, RsaSize};
use serde_json::json;

use super::key_expiry;
use crate::args::{Convert, Format, GenerateFlags, Global, KeyCommand, KeyFile, KeyFormat};
use crate::failure::Failure;
use crate::files::{self, Existing, Readers};
use crate::{key_files, output};

pub(crate) async fn run(command: KeyCommand, global: &Global) -> Result<ExitCode, Failure> {
    match command {
        KeyCommand::Generate(flags) => generate(&flags, global.format)?,
        KeyCommand::Public(file) => output::line(&public_of(&file)?.to_json())?,
        KeyCommand::Thumbprint(file) => {
            let thumbprint = public_of(&file)?.thumbprint();
            match global.format {
                Format::Json => output::json(&json!({ "thumbprint": thumbprint }))?,
                Format::Text => output::line(thumbprint.as_str())?,
            }
        }
        KeyCommand::Convert(flags) => convert(&flags, global.format)?,
        KeyCommand::Expiry(flags) => return key_expiry::run(&flags, global).await,
    }
    Ok(ExitCode::SUCCESS)
}

fn public_of(file: &KeyFile) -> Result<PublicJwk, Failure> {
    key_files::public_named(&file.file, file.alias.alias.as_deref())
}

fn private_of(file: &KeyFile) -> Result<PrivateJwk, Failure> {
    key_files::private_named(&file.file, file.alias.alias.as_deref())
}

fn generate(flags: &GenerateFlags, output_format: Format) -> Result<(), Failure> {
    if flags.alg.name().starts_with("RS") {
        output::tell(&format!("note: {} works, but is not recommended; use PS256 or ES256", flags.alg));
    }
    let key = new_key(flags.alg, flags.size, &flags.kid)?;
    match &flags.out {
        None => output::line(key.to_json().expose()),
        Some(name) => {
            let private = write_pair(name, &key, flags.jwks, flags.force)?;
            match output_format {
                Format::Json => output::json(&json!({
                    "private": private,
                    "public": with_ending(name, "_public.json"),
                    "jwks": flags.jwks.then(|| with_ending(name, "_jwks.json")),
                })),
                Format::Text => Ok(()),
            }
        }
    }
}

/// Makes a key; `kid` is a text, or `thumbprint`.
pub(crate) fn new_key(algorithm: Algorithm, size: u16, kid: &str) -> Result<PrivateJwk, Failure> {
    let size = rsa_size(size, "--size 4096")?;
    let kid = match kid {
        "thumbprint" => None,
        text => Some(KeyId::parse(text).map_err(|why| {
            Failure::usage("the key id is wrong", why, "give --kid another text, or leave it out")
        })?),
    };
    if algorithm.key_type() == KeyType::Ed25519 {
        output::tell("note: HelseID does not accept EdDSA; profile fapi2 of the local authority does");
    }
    Ok(PrivateJwk::generate(algorithm, size, kid))
}

/// The size of a new RSA key; `flag` is one that would do.
pub(crate) fn rsa_size(bits: u16, flag: &str) -> Result<RsaSize, Failure> {
    match bits {
        2048 => Ok(RsaSize::Bits2048),
        3072 => Ok(RsaSize::Bits3072),
        4096 => Ok(RsaSize::Bits4096),
        other => {
            let why = format!("expected 2048, 3072 or 4096 bits, got {other}");
            Err(Failure::usage("the size of the key is wrong", why, format_args!("give {flag}")))
        }
    }
}

/// Writes both halves; gives the name of the private one.
pub(crate) fn write_pair(name: &Path, key: &PrivateJwk, jwks: bool, force: bool) -> Result<PathBuf, Failure> {
    let existing = if force { Existing::Replace } else { Existing::Keep };
    let private = with_ending(name, "_private.json");
    let public = key.public().to_json() + "\n";
    let text = zeroize::Zeroizing::new(format!("{}\n", key.to_json().expose()));
    files::write(&private, text.as_bytes(), Readers::Owner, existing)?;
    let mut written = vec![private.clone(), with_ending(name, "_public.json")];
    files::write(&with_ending(name, "_public.json"), public.as_bytes(), Readers::Everyone, existing)?;
    if jwks {
        let set = JwkSet::new(vec![key.public().clone()]).to_json() + "\n";
        files::write(&with_ending(name, "_jwks.json"), set.as_bytes(), Readers::Everyone, existing)?;
        written.push(with_ending(name, "_jwks.json"));
    }
    let names: Vec<_> = written.iter().map(|path| path.display().to_string()).collect();
    output::tell(&format!("wrote {}", names.join(", ")));
    Ok(private)
}

/// `name` with more behind it; the folder stays.
pub(crate) fn with_ending(name: &Path, ending: &str) -> PathBuf {
    let mut text = name.as_os_str().to_owned();
    text.push(ending);
    PathBuf::from(text)
}

fn convert(flags: &Convert, output_format: Format) -> Result<(), Failure> {
    let is_json = matches!(flags.to, KeyFormat::Jwk | KeyFormat::PublicJwk | KeyFormat::Jwks);
    if output_format == Format::Json && !is_json && flags.out.is_none() {
        let next = "leave out --format json, or name a file with --out";
        return Err(Failure::usage("this key format is not JSON", "it would be written to stdout", next));
    }
    let unwritable = |why: UnreadableKey| {
        let what = format!("{} cannot be written in that format", flags.from.file.display());
        Failure::new(
            what,
            why,
            "choose another with --to; XML is for RSA, PKCS#1 and SEC1 are not for Ed25519",
        )
    };
    let pem = |form| {
        let key = private_of(&flags.from)?;
        let text = format::private_to_pem(&key, form).map_err(unwritable)?;
        Ok::<_, Failure>((text.expose().as_bytes().to_vec(), Readers::Owner))
    };
    let line = |text: &str| format!("{text}\n").into_bytes();
    let (content, readers) = match flags.to {
        KeyFormat::Jwk => (line(private_of(&flags.from)?.to_json().expose()), Readers::Owner),
        KeyFormat::PublicJwk => (line(&public_of(&flags.from)?.to_json()), Readers::Everyone),
        KeyFormat::Jwks => (line(&JwkSet::new(vec![public_of(&flags.from)?]).to_json()), Readers::Everyone),
        KeyFormat::Pem => pem(PemForm::Pkcs8)?,
        KeyFormat::TraditionalPem => pem(PemForm::OfItsKind)?,
        KeyFormat::PublicPem => {
            let text = format::public_to_pem(&public_of(&flags.from)?).map_err(unwritable)?;
            (text.into_bytes(), Readers::Everyone)
        }
        KeyFormat::Xml => {
            let text = format::private_to_xml(&private_of(&flags.from)?).map_err(unwritable)?;
            (line(text.expose()), Readers::Owner)
        }
        KeyFormat::P12 => {
            let missing = |what| Failure::usage(what, "PKCS#12 is binary and encrypted", "give both");
            flags.out.as_ref().ok_or_else(|| missing("--out is missing"))?;
            let password = key_files::password().ok_or_else(|| missing("HELSEID_KEY_PASSWORD is not set"))?;
            let now = helseid_http::system_clock();
            let key = private_of(&flags.from)?;
            let content = format::private_to_pkcs12(&key, &password, now).map_err(unwritable)?;
            (content.to_vec(), Readers::Owner)
        }
    };
    let content = zeroize::Zeroizing::new(content);
    match &flags.out {
        None => output::data(&content),
        Some(out) => {
            let existing = if flags.force { Existing::Replace } else { Existing::Keep };
            files::write(out, &content, readers, existing)?;
            output::done(output_format, &json!({ "wrote": out }), &format!("wrote {}", out.display()))
        }
    }
}
