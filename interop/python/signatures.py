"""Keys and signatures go both ways between `helseid` and cryptography and joserfc: nine algorithms, every key format.

Environment: HELSEID, the binary; the working folder is the program's own.
"""

import json
import os
import pathlib
import subprocess

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from joserfc import jws
from joserfc.jwk import import_key

NINE = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
PASSWORD = "for-tests-only"
URL = "https://api.example/patients"


def helseid(*arguments, stdin=None):
    """Runs one command and gives what it wrote."""
    environment = {**os.environ, "HELSEID_KEY_PASSWORD": PASSWORD}
    done = subprocess.run([os.environ["HELSEID"], *arguments], input=stdin, env=environment, capture_output=True)
    assert done.returncode == 0, (arguments, done.stdout.decode(), done.stderr.decode())
    return done.stdout.decode().strip()


def keys_go_both_ways(name, kind):
    """Each format that one side writes, the other reads as the same key."""
    own = helseid("key", "thumbprint", f"{name}_private.json")
    private = None
    for form in ["pem", "traditional-pem", "p12"]:
        helseid("key", "convert", f"{name}_private.json", "--to", form, "--out", f"{name}.{form}", "--force")
        content = pathlib.Path(f"{name}.{form}").read_bytes()
        if form == "p12":
            read, certificate, _ = pkcs12.load_key_and_certificates(content, PASSWORD.encode())
            assert certificate.public_key() == read.public_key()
        else:
            read = serialization.load_pem_private_key(content, None)
        assert private is None or read.private_numbers() == private.private_numbers(), form
        private = read
    helseid("key", "convert", f"{name}_private.json", "--to", "public-pem", "--out", f"{name}.pub", "--force")
    public = serialization.load_pem_public_key(pathlib.Path(f"{name}.pub").read_bytes())
    assert public == private.public_key()

    form, none = serialization.PrivateFormat, serialization.NoEncryption()
    locked = serialization.BestAvailableEncryption(PASSWORD.encode())
    older = (form.PKCS12.encryption_builder().kdf_rounds(2048)
             .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC).hmac_hash(hashes.SHA1())
             .build(PASSWORD.encode()))
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    _, certificate, _ = pkcs12.load_key_and_certificates(pathlib.Path(f"{name}.p12").read_bytes(), PASSWORD.encode())
    files = {
        "PKCS#8 PEM": private.private_bytes(pem, form.PKCS8, none),
        "PKCS#8 DER": private.private_bytes(der, form.PKCS8, none),
        "PKCS#8 encrypted": private.private_bytes(pem, form.PKCS8, locked),
        f"{kind} PEM": private.private_bytes(pem, form.TraditionalOpenSSL, none),
        f"{kind} DER": private.private_bytes(der, form.TraditionalOpenSSL, none),
        "PKCS#12": pkcs12.serialize_key_and_certificates(b"m2m", private, certificate, None, locked),
        "PKCS#12 of the older kind": pkcs12.serialize_key_and_certificates(b"m2m", private, certificate, None, older),
        "SPKI PEM": public.public_bytes(pem, spki),
        "SPKI DER": public.public_bytes(der, spki),
        "certificate": certificate.public_bytes(pem),
    }
    for title, content in files.items():
        pathlib.Path("theirs").write_bytes(content)
        assert helseid("key", "thumbprint", "theirs") == own, title
    assert isinstance(certificate, x509.Certificate)
    return 4 + len(files)


def signatures_go_both_ways(algorithm):
    """What joserfc signs, `jws verify` takes; what `proof make` signs, joserfc takes."""
    key = import_key(json.loads(pathlib.Path(f"{algorithm}_private.json").read_text()))
    signed = jws.serialize_compact({"alg": algorithm}, b"their payload", key, algorithms=[algorithm])
    verdict = helseid("jws", "verify", "--jwks", f"{algorithm}_jwks.json", stdin=signed.encode())
    assert verdict == "valid", (algorithm, verdict)

    proof = helseid("proof", "make", "--key", f"{algorithm}_private.json", "--url", URL)
    registry = jws.JWSRegistry(algorithms=[algorithm])
    # A proof carries its key: an RSA one is longer than the library's 512 bytes.
    registry.max_header_length = 4096
    read = jws.deserialize_compact(proof, key, registry=registry)
    assert read.headers()["typ"] == "dpop+jwt" and read.headers()["alg"] == algorithm
    embedded = import_key(read.headers()["jwk"])
    expected = helseid("key", "thumbprint", f"{algorithm}_public.json")
    assert embedded.thumbprint() == expected, "RFC 7638 thumbprints differ"


formats = 0
for algorithm in NINE:
    size = ["--size", "2048"] if algorithm[0] in "RP" else []
    helseid("key", "generate", "--alg", algorithm, *size, "--out", algorithm, "--jwks")
    signatures_go_both_ways(algorithm)
    if algorithm in ("PS256", "ES256", "ES384", "ES512"):
        formats += keys_go_both_ways(algorithm, "PKCS#1" if algorithm == "PS256" else "SEC1")
    print(algorithm, "both ways")
print(len(NINE), "algorithms and", formats, "key files, both ways")
