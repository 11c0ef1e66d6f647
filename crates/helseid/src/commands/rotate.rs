//! `rotate`.

use helseid_client::{RegisteredKey, Rotation};
use helseid_protocol::time::Timestamp;
use serde_json::json;

use crate::args::{Format, Global, RotateFlags};
use crate::failure::Failure;
use crate::{output, settings};

pub(crate) async fn run(flags: RotateFlags, global: &Global) -> Result<(), Failure> {
    let client = settings::client(global, &flags.client)?;
    let rotation = Rotation::new(&client)?;
    if flags.dry_run {
        return tell_plan(&rotation, global.format).await;
    }
    let rotated = rotation.run().await?;
    let kid = rotated.key_id.as_ref().map(ToString::to_string);
    if global.format == Format::Json {
        return output::json(&json!({
            "kid": kid,
            "thumbprint": rotated.thumbprint.as_str(),
            "expires": rotated.expires.map(Timestamp::rfc3339),
            "resumed": rotated.resumed,
            "retired": rotated.retired.display().to_string(),
        }));
    }
    output::tell(match rotated.resumed {
        true => "an interrupted rotation was completed",
        false => "the key was rotated",
    });
    output::tell(&format!("the old key is in {}, and accepted until it expires", rotated.retired.display()));
    output::line(&format!("{}  {}", kid.as_deref().unwrap_or("no kid"), until(rotated.expires)))
}

async fn tell_plan(rotation: &Rotation, format: Format) -> Result<(), Failure> {
    let (under_way, current) = (rotation.is_under_way()?, rotation.current().await?);
    let expires = current.as_ref().and_then(|key| key.expires);
    if format == Format::Json {
        return output::json(&json!({
            "kid": current.as_ref().and_then(|key| key.key_id.clone()),
            "expires": expires.map(Timestamp::rfc3339),
            "under_way": under_way,
        }));
    }
    let kid = current.as_ref().and_then(|key: &RegisteredKey| key.key_id.as_deref()).unwrap_or("not listed");
    output::line(&format!("current key  {kid}  {}", until(expires)))?;
    output::line(match under_way {
        true => {
            "would resume the interrupted rotation: register the new key if it is not registered, prove it, swap"
        }
        false => "would make a new key, register it, get a token with it, and replace the old one with it",
    })
}

fn until(expires: Option<Timestamp>) -> String {
    expires.map_or("without expiry".to_owned(), |at| format!("until {}", at.rfc3339()))
}
