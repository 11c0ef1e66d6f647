//! Gets a token from HelseID and reads the patients of the sample API.
//!
//! Needs `helseid.toml` in the folder where it runs; `helseid init` makes one.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "printing is what the program is for")]

use std::process::ExitCode;

use helseid_client::{Client, Config, Error};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Error> {
    let config = Config::load()?;
    let url =
        config.api_url.as_ref().map_or("http://localhost:5000/api/patients", |url| url.as_str()).to_owned();

    let client = Client::new(config)?;
    let answer = client.get(&url).send().await?;

    println!("{}", answer.text());
    if answer.status().is_success() {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("{url} answered {}", answer.status());
    for challenge in answer.headers().get_all("www-authenticate") {
        eprintln!("  {}", challenge.to_str().unwrap_or_default());
    }
    Ok(ExitCode::FAILURE)
}
