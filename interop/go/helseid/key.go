// Package helseid has what HelseID asks of a client and what golang.org/x/oauth2 and zitadel/oidc leave to their users: an
// assertion signed by the client's key, and DPoP proofs. It is built on go-jose.
package helseid

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// AssertionType is the value of client_assertion_type.
const AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// Client is what a program is told by its environment.
type Client struct {
	Issuer, ID, Scope string
	Key               jose.JSONWebKey
}

// Environment reads HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_SCOPE and the key in HELSEID_CLIENT_JWK_FILE.
func Environment() (Client, error) {
	client := Client{
		Issuer: os.Getenv("HELSEID_ISSUER"),
		ID:     os.Getenv("HELSEID_CLIENT_ID"),
		Scope:  os.Getenv("HELSEID_SCOPE"),
	}
	document, err := os.ReadFile(os.Getenv("HELSEID_CLIENT_JWK_FILE"))
	if err != nil {
		return client, err
	}
	if err := json.Unmarshal(document, &client.Key); err != nil {
		return client, fmt.Errorf("the client's key: %w", err)
	}
	return client, nil
}

// Assertion makes an assertion for audience, good for ten seconds and for one request.
func (client Client) Assertion(audience string) (string, error) {
	key := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(client.Key.Algorithm), Key: client.Key}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("client-authentication+jwt"))
	if err != nil {
		return "", err
	}
	now := time.Now()
	// A single text: the library would make an array of it.
	claims := map[string]any{
		"iss": client.ID, "sub": client.ID, "aud": audience, "jti": uuid.NewString(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(10 * time.Second).Unix(),
	}
	return jwt.Signed(signer).Claims(claims).Serialize()
}
