//! Schemas of the protocol's types, which know no schemas themselves.

use std::borrow::Cow;

use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::grant::GrantType;
use helseid_protocol::id::MAX_ID_BYTES;
use helseid_protocol::rule::Profile;
use helseid_protocol::scope::MAX_SCOPES;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::bounds::{ClaimNames, MAX_CLIENT_KEYS, OrganisationNumbers};
use crate::identity_provider::{TestProvider, TestProviders};
use crate::login::Audiences;
use crate::operation::{OpenApiDocument, TraceEvents};
use crate::short_name::MAX_SHORT_NAME_BYTES;
use crate::uris::{MAX_URI_BYTES, RedirectUris};

/// Schemas that stand wherever they are used.
macro_rules! inline {
    ($($(#[doc = $doc:literal])+ $name:ident = $schema:expr;)+) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        inlined!($name, |_| $schema);
    )+};
}

macro_rules! inlined {
    ($name:ident, $schema:expr) => {
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let make: fn(&mut SchemaGenerator) -> Schema = $schema;
                make(generator)
            }
        }
    };
}

/// Schemas with a name in the document, and a description.
macro_rules! named {
    ($($(#[doc = $doc:literal])+ $name:ident = $schema:expr;)+) => {$(
        $(#[doc = $doc])+
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                let mut schema = $schema;
                schema.insert("description".into(), concat!($($doc),+).trim().into());
                schema
            }
        }
    )+};
}

inline! {
    /// An identifier.
    Id = json_schema!({ "type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES });
    /// An address.
    Uri = json_schema!({ "type": "string", "format": "uri" });
    /// A name for people.
    Name = json_schema!({ "type": "string", "maxLength": 200 });
    /// Scopes.
    Scopes = json_schema!({ "type": "array", "items": { "type": "string" }, "maxItems": MAX_SCOPES });
    /// Identifiers.
    Ids = json_schema!({
        "type": "array",
        "items": { "type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES },
        "maxItems": Audiences::MAX,
    });
    /// Grants.
    Grants = json_schema!({
        "type": "array",
        "items": { "type": "string", "enum": (GrantType::ALL.map(GrantType::name)) },
        "minItems": 1,
    });
    /// An address that a client registers.
    RegisteredUri = json_schema!({ "type": "string", "format": "uri", "maxLength": MAX_URI_BYTES });
    /// Addresses that a client registers.
    RegisteredUris = json_schema!({
        "type": "array",
        "items": { "type": "string", "format": "uri", "maxLength": MAX_URI_BYTES },
        "maxItems": RedirectUris::MAX,
    });
    /// Where persons log in.
    IdentityProviders = json_schema!({
        "type": "array",
        "items": { "type": "string", "enum": (TestProvider::ALL.map(TestProvider::name)) },
        "maxItems": TestProviders::MAX,
    });
    /// A level that a person logs in at.
    PersonLevel = json_schema!({ "type": "integer", "enum": [3, 4] });
    /// One part of a person's name.
    PartOfName = json_schema!({ "type": "string", "minLength": 1, "maxLength": 100 });
    /// Names of claims.
    Claims = json_schema!({ "type": "array", "items": { "type": "string" }, "maxItems": ClaimNames::MAX });
}

inlined!(TraceEvents, |_| json_schema!({ "type": "string", "contentMediaType": "text/event-stream" }));
inlined!(OpenApiDocument, |_| json_schema!({ "type": "object" }));

named! {
    /// Nine digits.
    OrganisationNumber = json_schema!({ "type": "string", "pattern": "^[0-9]{9}$" });
    /// `a` to `z`, `0` to `9` and hyphens, with fewer than eleven digits and no hyphen first.
    ShortName = json_schema!({
        "type": "string",
        "pattern": "^[0-9a-z][0-9a-z-]*$",
        "maxLength": MAX_SHORT_NAME_BYTES,
    });
    /// The eleven digits of a synthetic national identity number or D-number: 80 is added to the month, or 40 where the authority
    /// is set up for that. Both check digits hold.
    PersonNumber = json_schema!({ "type": "string", "pattern": "^[0-9]{11}$" });
    /// Seconds since 1970-01-01T00:00:00Z.
    Timestamp = json_schema!({ "type": "integer", "format": "int64" });
    /// A public JWK (RFC 7517). A private one is refused, and not stored.
    PublicJwk = json_schema!({ "type": "object" });
    /// The profile that clients are held to.
    ProfileName = json_schema!({ "type": "string", "enum": (Profile::ALL.map(Profile::name)) });
    /// How a client is set up for organisations.
    Tenancy = json_schema!({ "type": "string", "enum": (TENANCIES.map(ClientTenancy::name)) });
}

const TENANCIES: [ClientTenancy; 3] =
    [ClientTenancy::SingleTenant, ClientTenancy::MultiTenant, ClientTenancy::None];

/// Units of an organisation.
pub(crate) enum Organisations {}

inlined!(Organisations, |generator| {
    let items = generator.subschema_for::<OrganisationNumber>();
    json_schema!({ "type": "array", "items": items, "maxItems": OrganisationNumbers::MAX })
});

/// The keys of a client.
pub(crate) enum Keys {}

inlined!(Keys, |generator| {
    let items = generator.subschema_for::<PublicJwk>();
    json_schema!({ "type": "array", "items": items, "maxItems": MAX_CLIENT_KEYS })
});

/// The outcome of a rule.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the protocol writes it, and only its schema is wanted here")]
pub(crate) struct Finding {
    /// The id of the rule.
    pub(crate) rule: String,
    /// Whether it was kept, in one word.
    #[schemars(extend("enum" = ["passed", "warned", "failed", "not_reached"]))]
    pub(crate) outcome: String,
    /// What must hold.
    pub(crate) statement: String,
    /// What was found instead, where the rule was broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) breach: Option<String>,
    /// What was expected, where the rule was broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
    /// What the request had instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) got: Option<String>,
    /// How to fix a breach.
    pub(crate) fix: String,
    /// The former name of `fix`.
    #[schemars(extend("deprecated" = true))]
    pub(crate) mend: String,
    /// Where the rule comes from.
    pub(crate) source: String,
}

/// The registration of a person in HPR, the register of health personnel.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the protocol reads it, and only its schema is wanted here")]
pub(crate) struct HealthPersonnel {
    /// The number in HPR.
    #[schemars(range(min = 1, max = 999_999_999))]
    pub(crate) hpr_number: u32,
    /// What the person is approved for.
    #[serde(default)]
    #[schemars(length(max = 16))]
    pub(crate) approvals: Vec<Approval>,
}

/// An approval for one profession.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the protocol reads it, and only its schema is wanted here")]
pub(crate) struct Approval {
    /// The profession, such as `LE` for doctors (code list 9060).
    #[schemars(length(min = 1, max = 8))]
    pub(crate) profession: String,
    /// The kind of authorization, such as `1`, `Autorisasjon`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) authorization: Option<CodedValue>,
    /// What the person may prescribe.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub(crate) requisition_rights: Vec<CodedValue>,
    /// The specialities.
    #[serde(default)]
    #[schemars(length(max = 32))]
    pub(crate) specialities: Vec<CodedValue>,
}

/// A code and what it stands for.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "the protocol reads it, and only its schema is wanted here")]
pub(crate) struct CodedValue {
    /// The code.
    #[schemars(length(max = 200))]
    pub(crate) value: String,
    /// What it stands for.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub(crate) description: String,
}
