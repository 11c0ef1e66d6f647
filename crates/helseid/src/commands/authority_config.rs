//! The configuration of an authority from flags, and why one does not start.

use std::time::Duration;

use helseid_authority::{Config, Error, StoreError};

use super::key::rsa_size;
use crate::args::AuthorityFlags;
use crate::failure::Failure;
use crate::{data_dir, replica};

/// The configuration that the flags ask for.
pub(super) fn config(flags: &AuthorityFlags) -> Result<Config, Failure> {
    let config = match flags.in_memory {
        true => Config::in_memory(),
        false => Config::in_folder(data_dir::find(flags.data_dir.as_deref())?),
    };
    let config = config.listen(flags.listen.iter().copied()).profile(flags.profile);
    let config = config.rsa_size(rsa_size(flags.rsa_bits, "--rsa-bits 3072")?);
    let config = match flags.alg {
        Some(algorithm) => config.algorithm(algorithm),
        None => config,
    };
    let config = match flags.no_admin {
        true => config.without_admin(),
        false if !flags.admin_listen.is_empty() => config.admin_listen(flags.admin_listen.iter().copied()),
        false => config,
    };
    let config = match &flags.issuer {
        Some(issuer) => config.issuer(issuer.clone()),
        None => config,
    };
    let config = config
        .self_service_key_lifetime(Duration::from_secs(u64::from(flags.self_service_key_days) * 86_400));
    let config = config.max_exchanges(flags.max_exchanges);
    let config = match flags.requests_per_second {
        Some(most) => config.requests_per_second(most),
        None => config,
    };
    let config = match flags.max_connections {
        Some(most) => config.max_connections(most),
        None => config,
    };
    let config = config.trusted_proxies(flags.trusted_proxy.iter().copied());
    let config = if flags.limit_loopback { config.limit_loopback() } else { config };
    let config = match flags.max_store_mb {
        Some(megabytes) => config.max_store_bytes(u64::from(megabytes) * 1_000_000),
        None => config,
    };
    let config = match flags.tls.tls() {
        Some(tls) => config.tls(tls),
        None => config,
    };
    let config = match replica::shared(&flags.replica)? {
        Some(shared) => config.replica(shared),
        None => config,
    };
    let config = match &flags.test_login_at {
        Some(host) => config.test_login_at(host),
        None => config,
    };
    let config = if flags.allow_plus_40_numbers { config.allow_plus_40_numbers() } else { config };
    let config = match &flags.insecure_redirect_host {
        Some(host) => config.insecure_redirect_host(host.clone()),
        None => config,
    };
    Ok(if flags.enable_faults { config.enable_faults() } else { config })
}

/// Why the authority does not start.
pub(super) fn failure(error: Error) -> Failure {
    let what = "the authority does not start";
    match error {
        Error::IssuerMissing(_) | Error::IssuerOfReplica => {
            Failure::usage(what, error, "give --issuer with the address that others use")
        }
        Error::Tls(ref tls) => Failure::new(what, &error, tls.next()),
        Error::IssuerIsHttp(_) => {
            let next =
                "give an issuer that begins with https://, or leave out --tls, --tls-cert and --tls-key";
            Failure::usage(what, error, next)
        }
        Error::SelfSignedReplica => {
            Failure::usage(what, error, "give all replicas the same --tls-cert and --tls-key")
        }
        Error::TestLogin(_) => {
            Failure::usage(what, error, "give --test-login-at with the host of --issuer, or leave it out")
        }
        Error::Seed(why) => why.into(),
        Error::Algorithm(_) => Failure::usage(what, error, "give --alg RS256, PS256 or ES256"),
        Error::AlgorithmOfProfile(..) => {
            Failure::usage(what, error, "leave out --alg, or give PS256, ES256 or EdDSA")
        }
        Error::SigningKeys { .. } => {
            let next = "run helseid authority rotate-keys --alg PS256 for this --data-dir, and start it then";
            Failure::new(what, error, next)
        }
        Error::Listen { ref why, .. } => {
            let next = crate::serving::not_opened(why);
            Failure::new(what, error, next)
        }
        Error::Redis(_) => Failure::new(what, error, "check --ephemeral, and that Redis is running"),
        Error::Store(StoreError::Sealed) => {
            Failure::new(what, error, "give --secret-file the file of the other replicas")
        }
        Error::Store(StoreError::Tls(_)) => {
            let next = "name the file of its CA in the address, ?sslrootcert=FILE, and the name that its certificate is \
                        for; a weaker sslmode than verify-full must be named there, too";
            Failure::new(what, error, next)
        }
        Error::Store(StoreError::File(ref file)) => {
            let next =
                file.fix().unwrap_or("check the data folder, or name another with --data-dir").to_owned();
            Failure::new(what, error, next)
        }
        _ => Failure::new(what, error, "check the data folder or --store, or try --in-memory"),
    }
}
