//! Tokens and proofs for a program that is made of tower services.
//!
//! `cargo run -p helseid-client --features tower --example layer`, in the folder of `helseid.toml`.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use helseid_client::{Client, Config};
use http::Request;
use tower::{BoxError, ServiceBuilder, ServiceExt as _, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), BoxError> {
    let config = Config::load()?;
    let url = config.api_url.clone().ok_or("name the API in helseid.toml: [api] url = ...")?;
    let client = Client::new(config)?;

    // Any service that sends requests; here reqwest's own client.
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let send = service_fn(move |request: Request<String>| {
        let http = http.clone();
        async move {
            let answer = http.execute(request.try_into()?).await?;
            Ok::<http::Response<reqwest::Body>, reqwest::Error>(answer.into())
        }
    });
    let service = ServiceBuilder::new().layer(client.layer()).service(send);

    let answer = service.oneshot(Request::get(url.as_str()).body(String::new())?).await?;
    println!("{}", answer.status());
    Ok(())
}
