// A web application on zitadel/oidc: its login, PKCE, state and nonce, its check of the ID token, userinfo, refresh and logout, with
// DPoP by the transport beside this file. The library pushes no requests, so the client is registered without. The assertions are
// go-jose's: the library's own, in this version, have no jti and live for an hour.
//
// Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL, SSL_CERT_FILE.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"

	"interop/helseid"
)

type tokens = oidc.Tokens[*oidc.IDTokenClaims]

// session is what is kept for a browser.
type session struct {
	state, nonce, verifier string
	tokens                 *tokens
}

type nonceKey struct{}

type login struct {
	client    helseid.Client
	party     rp.RelyingParty
	transport *helseid.Transport
	home      string
	sessions  helseid.Sessions[session]
}

func main() {
	helseid.Report("", helseid.Serve(application))
}

func application(base string) (http.Handler, error) {
	client, err := helseid.Environment()
	if err != nil {
		return nil, err
	}
	transport, err := helseid.NewTransport()
	if err != nil {
		return nil, err
	}
	nonce := func(ctx context.Context) string {
		expected, _ := ctx.Value(nonceKey{}).(string)
		return expected
	}
	party, err := rp.NewRelyingPartyOIDC(context.Background(), client.Issuer, client.ID, "", base+"/callback", strings.Fields(client.Scope),
		rp.WithHTTPClient(&http.Client{Transport: transport}), rp.WithVerifierOpts(rp.WithNonce(nonce)), rp.WithSigningAlgsFromDiscovery())
	if err != nil {
		return nil, err
	}
	login := &login{client: client, party: party, transport: transport, home: base}
	mux := http.NewServeMux()
	mux.HandleFunc("/login", login.begin)
	mux.HandleFunc("/callback", login.sessions.Page(login.callback))
	mux.HandleFunc("/claims", login.sessions.Page(login.claims))
	mux.HandleFunc("/userinfo", login.sessions.Page(login.userinfo))
	mux.HandleFunc("/patients", login.sessions.Page(login.patients))
	mux.HandleFunc("/refresh", login.sessions.Page(login.refresh))
	mux.HandleFunc("/logout", login.sessions.Page(login.logout))
	mux.HandleFunc("/logged-out", func(w http.ResponseWriter, r *http.Request) {
		_ = helseid.JSON(w, r.FormValue("state"))
	})
	return mux, nil
}

func (login *login) begin(w http.ResponseWriter, request *http.Request) {
	asked := &session{state: rand.Text(), nonce: rand.Text(), verifier: oauth2.GenerateVerifier()}
	login.sessions.Begin(w, asked)
	challenge := oidc.NewSHACodeChallenge(asked.verifier)
	address := rp.AuthURL(asked.state, login.party, rp.WithCodeChallenge(challenge), rp.AuthURLOpt(rp.WithURLParam("nonce", asked.nonce)))
	http.Redirect(w, request, address, http.StatusFound)
}

func (login *login) callback(w http.ResponseWriter, request *http.Request, session *session) error {
	if request.FormValue("state") != session.state {
		return errors.New("another state")
	}
	ctx := context.WithValue(request.Context(), nonceKey{}, session.nonce)
	tokens, err := twice(func() (*tokens, error) {
		assertion, err := login.client.Assertion(login.client.Issuer)
		if err != nil {
			return nil, err
		}
		return rp.CodeExchange[*oidc.IDTokenClaims](ctx, request.FormValue("code"), login.party,
			rp.WithCodeVerifier(session.verifier), rp.WithClientAssertionJWT(assertion))
	})
	if err != nil {
		return err
	}
	session.tokens = tokens
	http.Redirect(w, request, "/claims", http.StatusFound)
	return nil
}

// twice asks once more where the authority asks for a nonce, which the transport has kept.
func twice[T any](request func() (T, error)) (T, error) {
	answer, err := request()
	var refusal *oauth2.RetrieveError
	var other *oidc.Error
	if errors.As(err, &refusal) && refusal.ErrorCode == "use_dpop_nonce" || errors.As(err, &other) && other.ErrorType == "use_dpop_nonce" {
		return request()
	}
	return answer, err
}

func (login *login) claims(w http.ResponseWriter, _ *http.Request, session *session) error {
	return helseid.JSON(w, session.tokens.IDTokenClaims)
}

func (login *login) userinfo(w http.ResponseWriter, request *http.Request, session *session) error {
	info, err := rp.Userinfo[*oidc.UserInfo](request.Context(), session.tokens.AccessToken, session.tokens.TokenType,
		session.tokens.IDTokenClaims.Subject, login.party)
	if err != nil {
		return err
	}
	return helseid.JSON(w, info)
}

func (login *login) patients(w http.ResponseWriter, _ *http.Request, session *session) error {
	answer, err := helseid.CallAPI(session.tokens.Token, login.transport)
	if err != nil {
		return err
	}
	return helseid.JSON(w, answer)
}

func (login *login) refresh(w http.ResponseWriter, request *http.Request, session *session) error {
	// A refreshed ID token has no nonce.
	ctx := request.Context()
	fresh, err := twice(func() (*tokens, error) {
		assertion, err := login.client.Assertion(login.client.Issuer)
		if err != nil {
			return nil, err
		}
		return rp.RefreshTokens[*oidc.IDTokenClaims](ctx, login.party, session.tokens.RefreshToken, assertion, helseid.AssertionType)
	})
	if err != nil {
		return err
	}
	old := session.tokens
	session.tokens = fresh
	if fresh.AccessToken == old.AccessToken || fresh.IDTokenClaims.Subject != old.IDTokenClaims.Subject {
		return errors.New("the same token, or another person")
	}
	return helseid.JSON(w, "refreshed")
}

// logout ends the session by a request of the library's own, without the browser, which then follows where that leads.
func (login *login) logout(w http.ResponseWriter, request *http.Request, session *session) error {
	address, err := rp.EndSession(request.Context(), login.party, session.tokens.IDToken, login.home+"/logged-out", "logged out", "", nil)
	if err != nil {
		return err
	}
	login.sessions.End(request)
	http.Redirect(w, request, address.String(), http.StatusFound)
	return nil
}
