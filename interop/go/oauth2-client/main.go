// A machine-to-machine client on golang.org/x/oauth2.
//
// Usage: oauth2-client bearer|dpop [AUDIENCE]
// Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL.
package main

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"interop/helseid"
)

func main() {
	helseid.Report(run(os.Args[1:]))
}

func run(arguments []string) (string, error) {
	client, err := helseid.Environment()
	if err != nil {
		return "", err
	}
	source := &source{client: client, audience: client.Issuer, transport: http.DefaultTransport}
	if arguments[0] == "dpop" {
		if source.transport, err = helseid.NewTransport(); err != nil {
			return "", err
		}
		source.style = oauth2.AuthStyleInParams
	}
	if len(arguments) > 1 {
		source.audience = arguments[1]
	}
	token, err := oauth2.ReuseTokenSource(nil, source).Token()
	if err != nil {
		return "", err
	}
	return helseid.CallAPI(token, source.transport)
}

// source gets each token with an assertion of its own: one that is set once in a configuration has expired at the renewal.
type source struct {
	client    helseid.Client
	audience  string
	transport http.RoundTripper
	// Left out, x/oauth2 finds out how the server wants its clients: it tries Basic with an empty password first.
	style oauth2.AuthStyle
}

// Token asks once more where the authority asks for a nonce, which the transport has kept, with another assertion.
func (source *source) Token() (*oauth2.Token, error) {
	token, err := source.request()
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) && refusal.ErrorCode == "use_dpop_nonce" {
		return source.request()
	}
	return token, err
}

func (source *source) request() (*oauth2.Token, error) {
	assertion, err := source.client.Assertion(source.audience)
	if err != nil {
		return nil, err
	}
	config := clientcredentials.Config{
		ClientID:  source.client.ID,
		TokenURL:  source.client.Issuer + "/connect/token",
		Scopes:    []string{source.client.Scope},
		AuthStyle: source.style,
		EndpointParams: url.Values{
			"client_assertion_type": {helseid.AssertionType},
			"client_assertion":      {assertion},
		},
	}
	return config.Token(context.WithValue(context.Background(), oauth2.HTTPClient, &http.Client{Transport: source.transport}))
}
