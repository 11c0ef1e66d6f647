//! A supplier's system that acts for several organisations: each has its own token, and one client caches them all.
//!
//! `cargo run -p helseid-client --example multi_tenant -- 312232324 312232324:312232326`: organisations that have
//! delegated to this client's supplier, each a parent, or a parent and its child.

#![expect(clippy::print_stdout, reason = "printing is what the program is for")]

use helseid_client::protocol::details::{Details, Organisation, OrganisationNumber};
use helseid_client::{Client, Config, TokenRequest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::load()?;
    let url = config.api_url.clone().ok_or("name the API in helseid.toml: [api] url = ...")?;
    let client = Client::new(config)?;
    for customer in std::env::args().skip(1) {
        let request = acting_for(&customer, &client)?;
        match client.get(url.as_str()).token_for(request).send().await {
            Ok(answer) => println!("{customer}: {} {}", answer.status(), answer.text()),
            // A missing delegation of one customer does not stop the others.
            Err(error) => println!("{customer}: {}", error.why()),
        }
    }
    Ok(())
}

/// The configuration's request, for this customer.
fn acting_for(customer: &str, client: &Client) -> Result<TokenRequest, Box<dyn std::error::Error>> {
    let (parent, child) = match customer.split_once(':') {
        Some((parent, child)) => (parent, Some(OrganisationNumber::parse(child)?)),
        None => (customer, None),
    };
    let organisation = Organisation::Parent { parent: OrganisationNumber::parse(parent)?, child };
    Ok(TokenRequest::of(client.config()).details(Details::new().for_organisation(organisation)))
}
