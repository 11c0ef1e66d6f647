//! `sample-api`.

use sample_api::Limits;
use serde_json::Value;

use crate::args::SampleApiFlags;
use crate::failure::Failure;
use crate::serving::{self, StopSignals};

pub(crate) async fn run(flags: SampleApiFlags) -> Result<(), Failure> {
    let mut signals = StopSignals::catch()?;
    serving::raise_handles();
    let router = sample_api::router(&flags.issuer, &flags.audience, flags.scheme);
    let router = router
        .map_err(|why| Failure::usage("the API cannot be protected", why, "check --issuer and --audience"))?;
    let (listener, address) = serving::listen(flags.listen).await?;
    let url = format!("http://{address}/api/patients");
    let scheme = flags.scheme.name();
    serving::announce(&[address], &flags.issuer, &[("url", Value::from(url)), ("scheme", scheme.into())])?;
    let stop = async {
        signals.next().await;
    };
    sample_api::serve(listener, router, Limits::default(), stop).await;
    Ok(())
}
