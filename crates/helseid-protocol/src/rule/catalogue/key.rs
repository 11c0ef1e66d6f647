//! A key that a client registers.

macro_rules! key {
    ([$($before:tt)*] $($next:ident)*) => { each_family! { [$($before)*
        /// A key that a client registers.
        Key "key" {
            KeyForm "key.form" [Registration] InvalidClientMetadata
                "A key to register must be one JWK: a JSON object without duplicate members, with the parameters of its type."
                "The key is not a readable JWK"
                "RFC 7517 section 4, RFC 7518 section 6"
                "Send the file NAME_public.json that helseid key generate --out NAME writes.";
            KeyPublic "key.public" [ClientAuthentication | Authorize | Api | UserInfo | Registration] InvalidClient
                "The private half of a client's key must be known only to its owner: it must not be sent along or published as an example."
                "Others than its owner know the private half of the key"
                "RFC 7591 section 2; HelseID: management of secrets; FAPI 2.0 Security Profile section 5.4.1"
                "Send the public half of your own key, made with helseid key generate --out NAME; a private half that was sent is not stored.";
            KeyKind "key.kind" [Registration] InvalidClientMetadata
                "A key to register must be RSA, or EC on P-256, P-384 or P-521, or OKP with Ed25519, and must not be symmetric."
                "Keys of this type are not accepted"
                "HelseID: security profile; RFC 7518 section 6, RFC 8037 section 2"
                "Make a key with helseid key generate --out NAME.";
            KeySize "key.size" [Registration] InvalidClientMetadata
                "An RSA key to register must have 2048 to 8192 bits."
                "The key has too few or too many bits"
                "HelseID: security profile; FAPI 2.0 Security Profile section 5.4.1"
                "Make a key of 3072 or 4096 bits with helseid key generate --size 4096 --out NAME.";
            KeyNumbers "key.numbers" [Registration] InvalidClientMetadata
                "The parameters of a key to register must be valid: a point on its curve, or an odd modulus with a valid exponent."
                "The key's parameters are invalid"
                "RFC 7518 section 6, RFC 8725 section 3.4"
                "Export the key again, or make a new one with helseid key generate --out NAME.";
            KeyRoca "key.roca" [Registration] InvalidClientMetadata
                "The modulus of an RSA key must not have the fingerprint of CVE-2017-15361 (ROCA)."
                "The key has the fingerprint of ROCA"
                "CVE-2017-15361; FAPI 2.0 Security Profile section 5.4.1"
                "Make a key outside the smart card or TPM that made this one, with helseid key generate --out NAME.";
            KeyFactors "key.factors" [Registration] InvalidClientMetadata
                "The modulus of an RSA key must have no prime factor below 65536."
                "The key's modulus has a small prime factor"
                "RFC 8017 section 3.1; FAPI 2.0 Security Profile section 5.4.1"
                "Make a key with another generator, such as helseid key generate --out NAME.";
            KeyUse "key.use" [Registration] InvalidClientMetadata
                "A key to register must be for signatures if it has use or key_ops."
                "The key is not for signatures"
                "RFC 7517 section 4.2 and 4.3"
                "Set use to sig, or leave use and key_ops out.";
            KeyAlg "key.alg" [Registration] InvalidClientMetadata
                "A key to register must fit an algorithm that the client's profile allows, and its alg must name one of them."
                "The key fits no algorithm that the client's profile allows"
                "HelseID: security profile; RFC 7517 section 4.4"
                "Set alg to one that fits the key, such as PS256 for RSA and ES256 for P-256, or leave it out.";
            KeyKidOnce "key.kid_once" [Registration] InvalidClientMetadata
                "Each key of a client must have a kid of its own."
                "Another key of the client has this kid"
                "RFC 7517 section 4.5"
                "Give the new key another kid, or leave kid out to use the thumbprint.";
        }
    ] $($next)* } };
}
