//! Arguments for synthetic persons. No number of a person is ever one of them: arguments are seen by every user of the
//! machine, and shells keep them.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use helseid_admin_api::{PersonLevel, TestProvider};

use super::Registry;

/// Synthetic persons.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonCommand {
    /// Add a synthetic person, or change the one with this short name
    #[command(after_help = "\
Examples:
  helseid person add surgeon --given-name Bjørn --family-name Ås --number-file number.txt
  helseid person add trainee --given-name Åse --family-name Nordhøy --level 3 < number.txt
  helseid person add surgeon --given-name Bjørn --family-name Ås --number-file number.txt --hpr-file hpr.json

The number is a synthetic national identity number or D-number: 80 is added to the month. It is read
from a file or from stdin, never from an argument. A registration in HPR is JSON, such as
{\"hpr_number\": 565505933, \"approvals\": [{\"profession\": \"LE\"}]}")]
    Add(Box<PersonFlags>),
    /// List the synthetic persons
    #[command(after_help = "\
Examples:
  helseid person list
  helseid person list --numbers

The JSON of --format json has the numbers, too.")]
    List {
        /// Show the numbers, too
        #[arg(long)]
        numbers: bool,
        #[command(flatten)]
        registry: Registry,
    },
    /// Remove a person
    #[command(after_help = "Example:\n  helseid person remove surgeon")]
    Remove {
        /// The person's short name
        short_name: String,
        #[command(flatten)]
        registry: Registry,
    },
}

/// `person add`.
#[derive(Debug, Args)]
pub(crate) struct PersonFlags {
    /// What the person is called here: a to z, 0 to 9 and hyphens
    pub(crate) short_name: String,
    /// The file with the number; by default stdin
    #[arg(long, default_value = "-", value_name = "FILE")]
    pub(crate) number_file: PathBuf,
    /// The given name
    #[arg(long, value_name = "NAME")]
    pub(crate) given_name: String,
    /// The middle name
    #[arg(long, value_name = "NAME")]
    pub(crate) middle_name: Option<String>,
    /// The family name
    #[arg(long, value_name = "NAME")]
    pub(crate) family_name: String,
    /// The highest level that the person can log in at: 3 or 4
    #[arg(long, default_value = "4")]
    pub(crate) level: PersonLevel,
    /// An identity provider that knows the person, repeatable: testidp-oidc or testidpnew-oidc; by default both
    #[arg(long, value_name = "NAME")]
    pub(crate) identity_provider: Vec<TestProvider>,
    /// A JSON file with the person's registration in HPR
    #[arg(long, value_name = "FILE")]
    pub(crate) hpr_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) registry: Registry,
}
