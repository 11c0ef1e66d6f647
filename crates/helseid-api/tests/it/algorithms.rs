//! HelseID's nine algorithms, for tokens and for proofs.

use helseid_api::test_util::{Broken, TestIssuer};
use helseid_protocol::jose::Algorithm;
use helseid_protocol::rule::Rule;

use crate::world::{ISSUER, World, outcome};

#[tokio::test]
async fn tokens_and_proofs_of_each_of_the_nine_algorithms_pass() {
    for algorithm in Algorithm::HELSEID {
        let mut world = World::of(TestIssuer::with_algorithm(ISSUER, algorithm));
        world.client = world.client.proof_algorithm(algorithm);
        let router = world.router();
        assert_eq!(outcome(&router, &world.sent()).await, None, "{algorithm}");
        let forged = world.sent().broken(Broken::TokenSignature);
        assert_eq!(outcome(&router, &forged).await, Some(Rule::TokenSignature), "{algorithm}");
        let forged = world.sent().broken(Broken::ProofSignature);
        assert_eq!(outcome(&router, &forged).await, Some(Rule::DpopSignature), "{algorithm}");
    }
}
