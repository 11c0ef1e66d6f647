// go-oidc verifies one of our access tokens, which comes on stdin: signature by the issuer's keys, issuer, audience, times.
//
// Environment: HELSEID_ISSUER, AUDIENCE.
package main

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"

	"interop/helseid"
)

func main() {
	helseid.Report(run())
}

func run() (string, error) {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", err
	}
	provider, err := oidc.NewProvider(context.Background(), os.Getenv("HELSEID_ISSUER"))
	if err != nil {
		return "", err
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: os.Getenv("AUDIENCE")})
	token, err := verifier.Verify(context.Background(), strings.TrimSpace(string(text)))
	if err != nil {
		return "", err
	}
	var claims struct {
		ClientID string   `json:"client_id"`
		Scope    []string `json:"scope"`
	}
	err = token.Claims(&claims)
	return claims.ClientID + " " + strings.Join(claims.Scope, " "), err
}
