//! Sections of the file that another program reads: the sidecar checks `[sidecar]`, `[api.NAME]` and `[protect.NAME]`.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

/// The section `[api]`. The sections `[api.NAME]` below it are for the sidecar.
///
/// ```
/// let file: helseid_client::Settings = toml::from_str("[api]\nurl = \"https://api.example\"")?;
/// assert_eq!(file.api.and_then(|api| api.url).as_deref(), Some("https://api.example"));
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct ApiSettings {
    /// The address that `helseid call` and the sample app call.
    pub url: Option<String>,
}

/// A section that another program reads, and that is passed over here. Anything but a section is an error.
///
/// ```
/// // One file for this program and for the sidecar, each of which refuses its own slips.
/// let read = toml::from_str::<helseid_client::Settings>("[sidecar]\nanything = 1");
/// assert!(read.is_ok());
/// assert!(toml::from_str::<helseid_client::Settings>("anything = 1").is_err());
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OtherSection;

impl<'de> Deserialize<'de> for OtherSection {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct PassedOver;
        impl<'de> Visitor<'de> for PassedOver {
            type Value = OtherSection;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a section")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<OtherSection, M::Error> {
                while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(OtherSection)
            }
        }
        from.deserialize_map(PassedOver)
    }
}

impl<'de> Deserialize<'de> for ApiSettings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Api;
        impl<'de> Visitor<'de> for Api {
            type Value = ApiSettings;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("the section [api]")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<ApiSettings, M::Error> {
                let mut settings = ApiSettings::default();
                while let Some(name) = members.next_key::<String>()? {
                    if name == "url" {
                        settings.url = Some(members.next_value()?);
                    } else if members.next_value::<OtherSection>().is_err() {
                        let what =
                            format_args!("unknown field `{name}`, expected `url` or a section [api.NAME]");
                        return Err(M::Error::custom(what));
                    }
                }
                Ok(settings)
            }
        }
        from.deserialize_map(Api)
    }
}
