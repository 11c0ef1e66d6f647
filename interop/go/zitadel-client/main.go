// A machine-to-machine client on zitadel/oidc: its discovery and its client credentials. The assertion is go-jose's: the
// library's own, in this version, has no jti.
//
// Usage: zitadel-client [AUDIENCE]
// Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL.
package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"golang.org/x/oauth2"

	"interop/helseid"
)

func main() {
	helseid.Report(run(os.Args[1:]))
}

func run(arguments []string) (string, error) {
	ours, err := helseid.Environment()
	if err != nil {
		return "", err
	}
	audience := ours.Issuer
	if len(arguments) > 0 {
		audience = arguments[0]
	}
	transport, err := helseid.NewTransport()
	if err != nil {
		return "", err
	}
	party, err := rp.NewRelyingPartyOIDC(context.Background(), ours.Issuer, ours.ID, "", "", []string{ours.Scope},
		rp.WithHTTPClient(&http.Client{Transport: transport}), rp.WithAuthStyle(oauth2.AuthStyleInParams))
	if err != nil {
		return "", err
	}
	token, err := request(party, ours, audience)
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) && refusal.ErrorCode == "use_dpop_nonce" {
		token, err = request(party, ours, audience)
	}
	if err != nil {
		return "", err
	}
	return helseid.CallAPI(token, transport)
}

func request(party rp.RelyingParty, ours helseid.Client, audience string) (*oauth2.Token, error) {
	assertion, err := ours.Assertion(audience)
	if err != nil {
		return nil, err
	}
	return rp.ClientCredentials(context.Background(), party, url.Values{
		"client_assertion_type": {helseid.AssertionType},
		"client_assertion":      {assertion},
	})
}
