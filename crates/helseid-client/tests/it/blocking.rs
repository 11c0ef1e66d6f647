use helseid_client::blocking::Client;
use http::Request;

use crate::world::world;

#[test]
fn a_program_without_a_runtime_gets_tokens_and_calls() {
    // The servers of the test have a runtime of their own, in another thread's keeping.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let world = runtime.block_on(world());
    let client = Client::of(world.client.clone()).unwrap();
    assert_eq!(client.token().unwrap().access_token().expose(), "first");
    let answer = client.post(&world.api_url()).header("x-mine", "1").body("body").send().unwrap();
    assert_eq!(answer.text(), "patients");
    assert_eq!((world.api.bodies(), world.authority.count()), (vec![b"body".to_vec()], 1));
    let mut request = Request::get("https://api.example/").body(()).unwrap();
    client.authorize(&mut request).unwrap();
    assert!(request.headers().contains_key("dpop"));
}

#[test]
fn threads_share_one_client_and_one_token() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let world = runtime.block_on(world());
    let client = Client::of(world.client.clone()).unwrap();
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| client.token().unwrap());
        }
    });
    assert_eq!(world.authority.count(), 1);
}
