//! `sample-api`.

use axum::serve::ListenerExt as _;
use serde_json::Value;

use crate::args::SampleApiFlags;
use crate::failure::Failure;
use crate::serving;

pub(crate) async fn run(flags: SampleApiFlags) -> Result<(), Failure> {
    let router = sample_api::router(&flags.issuer, &flags.audience, flags.scheme);
    let router = router
        .map_err(|why| Failure::usage("the API cannot be protected", why, "check --issuer and --audience"))?;
    let (listener, address) = serving::listen(flags.listen).await?;
    let url = format!("http://{address}/api/patients");
    let scheme = flags.scheme.name();
    serving::announce(&[address], &flags.issuer, &[("url", Value::from(url)), ("scheme", scheme.into())])?;
    // Small answers go out at once.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    let served = axum::serve(listener, router).with_graceful_shutdown(serving::told_to_stop()).await;
    served.map_err(|why| Failure::new("the API stopped", why, "start it again"))
}
