//! Each example is run as the program that it is, against a real authority and API. Cargo builds them before a run of all
//! tests; before a run of some, `cargo build -p helseid-client --examples` does.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use helseid_client::protocol::details::OrganisationNumber;
use helseid_client::protocol::time::Clock as _;
use helseid_protocol::claims::ClientTenancy;
use helseid_protocol::jose::format::{Password, private_to_pkcs12};
use helseid_protocol::rule::Profile;
use helseid_testkit::{SCOPE, World, registration};
use tempfile::TempDir;

/// A world, and a folder with `helseid.toml` and the key.
struct Desk {
    world: World,
    folder: TempDir,
}

async fn desk() -> Desk {
    let world = World::start(Profile::Helseid).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("key.json"), world.key.to_json().expose()).unwrap();
    let (issuer, id, url) = (world.authority.issuer(), &world.client_id, world.url());
    let config = format!(
        "issuer = \"{issuer}\"\nclient_id = \"{id}\"\nkey_file = \"key.json\"\nscope = [\"{SCOPE}\"]\n[api]\nurl = \"{url}\"\n"
    );
    std::fs::write(folder.path().join("helseid.toml"), config).unwrap();
    Desk { world, folder }
}

/// Where cargo puts examples, beside this test.
fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let program = own.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(program.exists(), "not built: cargo build -p helseid-client --all-features --examples");
    program
}

impl Desk {
    fn command(&self, example: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program(example));
        command.args(arguments).current_dir(self.folder.path());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("HELSEID_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// What the example prints, which must end well.
    async fn prints(&self, command: Command) -> String {
        let (ended_well, text) = self.ends(command).await;
        assert!(ended_well, "{text}");
        text
    }

    /// Whether the example ends well, and what it prints.
    async fn ends(&self, mut command: Command) -> (bool, String) {
        // The authority runs in this process, and must be able to answer meanwhile.
        let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let text =
            format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.success(), text)
    }

    async fn run(&self, example: &str, arguments: &[&str]) -> String {
        self.prints(self.command(example, arguments)).await
    }
}

#[tokio::test]
async fn m2m() {
    let text = desk().await.run("m2m", &[]).await;
    assert_eq!(text.matches("200 OK {").count(), 2, "{text}");
    assert!(text.contains(&format!("a token for {SCOPE}, good until 20")), "{text}");
}

#[tokio::test]
async fn multi_tenant() {
    let desk = desk().await;
    let mut tenancy = registration(&desk.world.key).unwrap();
    tenancy.client_id = Some(desk.world.client_id.clone());
    tenancy.tenancy = ClientTenancy::MultiTenant;
    tenancy.org_parent = Some(OrganisationNumber::parse("313745392").unwrap());
    desk.world.authority.register(tenancy).await.unwrap();
    let text = desk.run("multi_tenant", &["312232324", "312232324:312232326", "994919806"]).await;
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("312232324: 200 OK {"), "{text}");
    assert!(
        lines[1].starts_with("312232324:312232326: 200 OK {") && lines[1].contains("312232326"),
        "{text}"
    );
    assert!(lines[2].starts_with("994919806: invalid_request: HID-1001: "), "{text}");
}

#[tokio::test]
async fn pkcs12() {
    let desk = desk().await;
    let password = Password::new("hemmelig");
    let file = private_to_pkcs12(&desk.world.key, &password, desk.world.clock().now()).unwrap();
    std::fs::write(desk.folder.path().join("key.p12"), file.as_slice()).unwrap();
    let (issuer, id) = (desk.world.authority.issuer().to_string(), desk.world.client_id.to_string());
    let mut command = desk.command("pkcs12", &[&issuer, &id, "key.p12", SCOPE]);
    command.env("HELSEID_KEY_PASSWORD", "hemmelig");
    let text = desk.prints(command).await;
    assert!(text.starts_with(&format!("a token for {SCOPE}")), "{text}");
}

#[tokio::test]
async fn external_signer() {
    let desk = desk().await;
    let (kid, vault) = (desk.world.key.public().thumbprint().to_string(), program("vault"));
    let mut named =
        registration(&desk.world.key.clone().map_public(|key| key.with_key_id(kid.parse().unwrap())))
            .unwrap();
    named.client_id = Some(desk.world.client_id.clone());
    desk.world.authority.register(named).await.unwrap();
    let file = desk.folder.path().join("helseid.toml");
    let config = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, config.replace("key_file = \"key.json\"", "key = \"external\"")).unwrap();
    let vault = vault.to_str().unwrap();
    let text = desk.run("external_signer", &[&kid, "ES256", vault, "key.json"]).await;
    assert!(text.starts_with("200 OK {"), "{text}");

    // The same signature by a program that then fails is none.
    let line = format!("'{vault}' key.json; exit 3");
    let failing = desk.command("external_signer", &[&kid, "ES256", "sh", "-c", &line]);
    let (ended_well, text) = desk.ends(failing).await;
    assert!(!ended_well && text.contains("sh ended with exit status: 3"), "{text}");
}

#[tokio::test]
async fn hot_swap() {
    let desk = desk().await;
    let text = desk.run("hot_swap", &[]).await;
    assert!(text.contains("signs now") && text.contains("no call failed"), "{text}");
    assert!(desk.folder.path().join("key.json.retired").exists());
}

#[cfg(feature = "blocking")]
#[tokio::test]
async fn blocking() {
    let text = desk().await.run("blocking", &[]).await;
    assert!(text.starts_with("200 OK {"), "{text}");
}

#[cfg(feature = "reqwest-middleware")]
#[tokio::test]
async fn middleware() {
    let text = desk().await.run("middleware", &[]).await;
    assert!(text.starts_with("200 OK {"), "{text}");
}

#[cfg(feature = "tower")]
#[tokio::test]
async fn layer() {
    let text = desk().await.run("layer", &[]).await;
    assert!(text.starts_with("200 OK"), "{text}");
}
