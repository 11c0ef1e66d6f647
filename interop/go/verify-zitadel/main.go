// zitadel/oidc verifies one of our access tokens, which comes on stdin: signature by the issuer's keys, issuer, expiry, and,
// which it leaves to its users, the audience.
//
// Environment: HELSEID_ISSUER, AUDIENCE.
package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/client"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"interop/helseid"
)

// claims has the scope as HelseID writes it, as an array; the library's own type takes a text.
type claims struct {
	oidc.TokenClaims
	Scope []string `json:"scope"`
}

func main() {
	helseid.Report(run())
}

func run() (string, error) {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		return "", err
	}
	issuer := os.Getenv("HELSEID_ISSUER")
	metadata, err := client.Discover(context.Background(), issuer, http.DefaultClient)
	if err != nil {
		return "", err
	}
	keys := rp.NewRemoteKeySet(http.DefaultClient, metadata.JwksURI)
	verifier := op.NewAccessTokenVerifier(issuer, keys)
	token, err := op.VerifyAccessToken[*claims](context.Background(), strings.TrimSpace(string(text)), verifier)
	if err != nil {
		return "", err
	}
	if err := oidc.CheckAudience(token, os.Getenv("AUDIENCE")); err != nil {
		return "", err
	}
	return token.ClientID + " " + strings.Join(token.Scope, " "), nil
}
