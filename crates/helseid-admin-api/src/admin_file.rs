//! The file that lets the command line in.

use std::fmt;
use std::path::PathBuf;

use helseid_protocol::id::Issuer;
use serde::{Deserialize, Serialize};

/// The file in the authority's data folder with [`AdminFile`].
pub const FILE_NAME: &str = "admin.json";

/// What the authority writes for the command line, readable by its owner alone.
///
/// ```
/// use helseid_admin_api::{AdminFile, operation};
///
/// let json = r#"{"issuer":"https://id.test","token":"t0ken","address":"http://127.0.0.1:8481"}"#;
/// let file: AdminFile = serde_json::from_str(json)?;
/// // The admin API listens at an address of its own here.
/// let address = file.address().at(operation::LIST_APIS.path());
/// assert_eq!(address, "http://127.0.0.1:8481/admin/api/apis");
/// // The token does not get into a log.
/// assert!(!format!("{file:?}").contains("t0ken"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Serialize, Deserialize)]
pub struct AdminFile {
    /// The only server that the token may be sent to.
    pub issuer: Issuer,
    /// The admin token.
    pub token: String,
    /// Where the admin API is, if not below the issuer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Issuer>,
    /// Where the authority's own machine reaches what stands below the issuer, if the issuer's name is one of http elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<Issuer>,
    /// The certificate that signed the authority's own, if that is one of its making: seen from the folder of this file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

impl AdminFile {
    /// What the paths of the admin API stand below.
    #[must_use]
    pub fn address(&self) -> &Issuer {
        self.address.as_ref().unwrap_or(&self.issuer)
    }
}

impl fmt::Debug for AdminFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("AdminFile").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
