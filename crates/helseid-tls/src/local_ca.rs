//! The local CA: it signs for loopback names, and for the hosts that it was made for.
//!
//! Its certificate has name constraints (RFC 5280 section 4.2.1.10), so that a client that trusts it accepts no other names from
//! it, even if its key is stolen.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use helseid_protocol::jose::crypto;
use helseid_protocol::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::error::TlsError;
use crate::provider::provider;

const DAY: Duration = Duration::from_secs(86_400);
/// The lifetime of a CA.
const CA_LIFETIME: Duration = Duration::from_secs(10 * 365 * 86_400);
/// The lifetime of a server's certificate: some systems accept at most 398 days.
const LEAF_LIFETIME: Duration = Duration::from_secs(90 * 86_400);
/// How long before its end a server's certificate is replaced.
const RENEW_BEFORE: Duration = Duration::from_secs(30 * 86_400);
/// How far before now certificates become valid: clocks differ.
const BACKDATED: Duration = DAY;

/// The names that every certificate of a local CA is for. No wildcard: few programs accept `*.localhost`.
const LOOPBACK: [&str; 6] =
    ["localhost", "authority.localhost", "app.localhost", "api.localhost", "127.0.0.1", "::1"];

/// A name or address that a server's certificate is for.
///
/// ```
/// use helseid_tls::{Host, TlsError};
///
/// // The same address, as a URL has it and as it stands alone.
/// assert_eq!(Host::parse("[::1]")?, Host::parse("::1")?);
/// assert!(Host::parse("two words").is_err());
/// # Ok::<(), TlsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host(ServerName<'static>);

impl Host {
    /// Reads a host as it stands in a URL.
    pub fn parse(text: &str) -> Result<Self, TlsError> {
        let bare = text.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let name = ServerName::try_from(bare);
        name.map(Self)
            .map_err(|why| TlsError::new(text, why, "give an issuer whose host is a DNS name or an address"))
    }

    pub(crate) const fn name(&self) -> &ServerName<'static> {
        &self.0
    }

    fn text(&self) -> String {
        self.0.to_str().into_owned()
    }

    fn subtree(&self) -> GeneralSubtree {
        match &self.0 {
            ServerName::IpAddress(address) => {
                let address = IpAddr::from(*address);
                let bits = if address.is_ipv4() { 32 } else { 128 };
                GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, bits))
            }
            _ => GeneralSubtree::DnsName(self.text()),
        }
    }
}

/// A CA that signs for loopback names and some hosts.
///
/// ```
/// use helseid_protocol::time::Timestamp;
/// use helseid_tls::{Host, LocalCa, TlsError};
///
/// let ca = LocalCa::make(&[Host::parse("api.example")?], Timestamp::from_seconds(1_790_000_000))?;
/// // For the clients to trust.
/// assert!(ca.pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok::<(), TlsError>(())
/// ```
pub struct LocalCa {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
}

/// A certificate and its key, as bytes.
pub(crate) struct Issued {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: Zeroizing<Vec<u8>>,
}

impl LocalCa {
    /// Makes one that is permitted to sign for loopback names and `hosts`, valid from a day before `now`, for ten years.
    pub fn make(hosts: &[Host], now: Timestamp) -> Result<Self, TlsError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let mut params = params(&key);
        (params.not_before, params.not_after) = (date(now.minus(BACKDATED))?, date(now.plus(CA_LIFETIME))?);
        let mut permitted = vec![
            GeneralSubtree::DnsName("localhost".to_owned()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                std::net::Ipv6Addr::LOCALHOST.into(),
                128,
            )),
        ];
        let others = hosts.iter().filter(|host| !LOOPBACK.contains(&host.text().as_str()));
        permitted.extend(others.map(Host::subtree));
        params.name_constraints =
            Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
        let certificate = params.self_signed(&key).map_err(failed)?.der().clone();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// Restores one from its certificate and its key in PKCS#8. Whether they belong together is checked when it signs.
    pub(crate) fn of(certificate: CertificateDer<'static>, key: &[u8]) -> Result<Self, TlsError> {
        let key = PrivatePkcs8KeyDer::from(key);
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        Ok(Self { issuer: Issuer::new(params(&key), key), certificate })
    }

    /// Its certificate, in DER.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// Its certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        certificate_pem(&self.certificate)
    }

    pub(crate) fn key(&self) -> &[u8] {
        self.issuer.key().serialized_der()
    }

    /// Makes a key and signs a certificate for it, for loopback names and `hosts`. It is an error if this CA is not permitted to
    /// sign for one of them, or is not valid at `now`.
    pub(crate) fn issue(&self, hosts: &[Host], now: Timestamp) -> Result<Issued, TlsError> {
        let mut names: Vec<_> = LOOPBACK.into_iter().map(str::to_owned).collect();
        names.extend(hosts.iter().map(Host::text).filter(|name| !LOOPBACK.contains(&name.as_str())));
        let mut params = CertificateParams::new(names).map_err(failed)?;
        params.distinguished_name = common_name("HelseID local server");
        (params.not_before, params.not_after) = (date(now.minus(BACKDATED))?, date(now.plus(LEAF_LIFETIME))?);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?.der().clone();
        self.check(&certificate, hosts, now)?;
        Ok(Issued { certificate, key: Zeroizing::new(key.serialize_der()) })
    }

    /// Whether a client that trusts this CA accepts `leaf` for every host, now and until it is due for renewal.
    pub(crate) fn is_fresh(&self, leaf: &CertificateDer<'_>, hosts: &[Host], now: Timestamp) -> bool {
        [now, now.plus(RENEW_BEFORE)].into_iter().all(|at| self.check(leaf, hosts, at).is_ok())
    }

    fn check(&self, leaf: &CertificateDer<'_>, hosts: &[Host], now: Timestamp) -> Result<(), TlsError> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).map_err(failed)?;
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
        let verifier = verifier.build().map_err(failed)?;
        let seconds = u64::try_from(now.seconds()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let loopback = LOOPBACK.into_iter().map(Host::parse).collect::<Result<Vec<_>, _>>()?;
        for host in loopback.iter().chain(hosts) {
            verifier.verify_server_cert(leaf, &[], &host.0, &[], now).map_err(|why| {
                let asked = hosts.iter().map(Host::text).collect::<Vec<_>>().join(", ");
                TlsError::new(format_args!("the local CA does not sign for {asked}"), why, NEXT)
            })?;
        }
        Ok(())
    }
}

const NEXT: &str = "remove the folder tls in the data folder, and trust the CA that is made then; or give \
                    --tls-cert and --tls-key";

impl fmt::Debug for LocalCa {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("LocalCa").finish_non_exhaustive()
    }
}

/// The name and the usages of the CA with this key, on which its signatures depend.
fn params(key: &KeyPair) -> CertificateParams {
    let hash = crypto::sha256(key.public_key_raw());
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    let mut params = CertificateParams::default();
    // A name of its own: several may be in one trust store.
    params.distinguished_name = common_name(&format!("HelseID local CA {short}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn common_name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}

fn date(at: Timestamp) -> Result<OffsetDateTime, TlsError> {
    OffsetDateTime::from_unix_timestamp(at.seconds()).map_err(|why| {
        TlsError::new("the time cannot stand in a certificate", why, "set this machine's clock")
    })
}

/// An error that no input causes.
pub(crate) fn failed(why: impl fmt::Display) -> TlsError {
    TlsError::new("a certificate cannot be made", why, NEXT)
}

pub(crate) fn certificate_pem(der: &[u8]) -> String {
    pem::encode_config(&pem::Pem::new("CERTIFICATE", der), lines())
}

pub(crate) fn lines() -> pem::EncodeConfig {
    pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF)
}
