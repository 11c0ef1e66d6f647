//! `sample-api`.

use sample_api::{ApiProtection, Limits};
use serde_json::Value;

use crate::args::{Global, SampleApiFlags};
use crate::failure::Failure;
use crate::serving::{self, StopSignals};
use crate::settings;

pub(crate) async fn run(flags: SampleApiFlags, global: &Global) -> Result<(), Failure> {
    let mut signals = StopSignals::catch()?;
    serving::raise_handles();
    let protection =
        ApiProtection::builder(&flags.issuer, &flags.audience).scheme(flags.scheme).profile(flags.profile);
    let protection = protection.outbound(settings::outbound(global)?);
    let protection = flags.public_url.iter().fold(protection, |protection, url| protection.public_url(url));
    let router = sample_api::router(protection, &flags.audience).map_err(|why| {
        let next = "check --issuer, --audience, --scheme, --profile and --public-url; a host that http may go to is named by --insecure-http (HELSEID_INSECURE_HTTP)";
        Failure::usage("the API cannot be protected", why, next)
    })?;
    let (listener, address) = serving::listen(flags.listen).await?;
    let base = flags.public_url.into_iter().next().unwrap_or_else(|| format!("http://{address}"));
    let url = format!("{}/api/patients", base.trim_end_matches('/'));
    let scheme = flags.scheme.name();
    serving::announce(&[address], &flags.issuer, &[("url", Value::from(url)), ("scheme", scheme.into())])?;
    let stop = async {
        signals.next().await;
    };
    sample_api::serve(listener, router, Limits::default(), stop).await;
    Ok(())
}
