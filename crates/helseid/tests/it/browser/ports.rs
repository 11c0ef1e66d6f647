//! What another program on another port of the same host sees of a browser that is signed in.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use super::desk;

/// A server of somebody else. What comes with each request: its path, and its cookies.
struct Another {
    origin: String,
    came: mpsc::Receiver<(String, String)>,
}

/// Answers everything with a page, and sets a cookie of its own for each path.
fn another_port() -> Another {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let (tell, came) = mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let head: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
            let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
            let cookies = head.iter().filter(|line| line.to_ascii_lowercase().starts_with("cookie:"));
            let cookies = cookies.cloned().collect::<Vec<_>>().join("; ");
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nset-cookie: theirs=1; Path=/\r\n\
                  content-length: 9\r\nconnection: close\r\n\r\n<p>Theirs",
            );
            // Nobody waits any more when the test ends.
            if tell.send((path, cookies)).is_err() {
                return;
            }
        }
    });
    Another { origin, came }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_another_port_of_this_host_is_sent_no_cookie_of_ours() {
    let desk = desk().await;
    let another = another_port();
    desk.browser.open(&another.origin).await;
    // What it can think of, and the one address that it cannot: there the cookie would be sent, since cookies know no port.
    let (_, own) = desk.base.split_once(&desk.issuer).unwrap();
    let paths = ["/admin", "/admin/x", "/admin/s/x", "/admin/sign-in", "/admin/api/clients", own];
    for path in paths {
        let fetched = desk.browser.run(&format!("return (await fetch('{path}')).status;")).await;
        assert_eq!(fetched, 200, "{path}");
    }
    let came: Vec<_> = another.came.try_iter().collect();
    let sent_to = |path: &str| came.iter().find(|(own, _)| own == path).unwrap().1.as_str();
    for path in &paths[..paths.len() - 1] {
        assert_eq!(sent_to(path).to_ascii_lowercase(), "cookie: theirs=1", "{path}");
    }
    assert!(sent_to(own).contains("helseid_admin_"), "{came:?}");

    // Whoever opens the pages by the address that stands in a bookmark is led to where one signs in.
    desk.browser.open(&format!("{}/admin/clients", desk.issuer)).await;
    assert_eq!(desk.browser.address().await, format!("{}/admin/sign-in", desk.issuer));
    desk.open("/clients").await;
    desk.browser.text("form[action$='/sign-out']").await;
}
