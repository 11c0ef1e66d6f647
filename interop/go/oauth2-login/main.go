// A web application on golang.org/x/oauth2 and go-oidc, as the sample in Go of 2021 was written: all parameters in the address and
// again in a signed request object, a Bearer token, and an assertion for the token endpoint without typ. x/oauth2 finds out by itself
// how the authority wants its clients; where its first way is refused, it sends the same code and the same assertion once more.
//
// Environment: HELSEID_ISSUER, HELSEID_CLIENT_ID, HELSEID_CLIENT_JWK_FILE, HELSEID_SCOPE, API_URL, SSL_CERT_FILE.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
	"golang.org/x/oauth2"

	"interop/helseid"
)

// session is what is kept for a browser.
type session struct {
	state, nonce, verifier string
	token                  *oauth2.Token
	idToken                string
	claims                 map[string]any
}

type login struct {
	client   helseid.Client
	provider *oidc.Provider
	config   oauth2.Config
	home     string
	sessions helseid.Sessions[session]
}

func main() {
	helseid.Report("", helseid.Serve(application))
}

func application(base string) (http.Handler, error) {
	client, err := helseid.Environment()
	if err != nil {
		return nil, err
	}
	provider, err := oidc.NewProvider(context.Background(), client.Issuer)
	if err != nil {
		return nil, err
	}
	login := &login{client: client, provider: provider, home: base, config: oauth2.Config{
		ClientID: client.ID, Endpoint: provider.Endpoint(), RedirectURL: base + "/callback", Scopes: strings.Fields(client.Scope),
	}}
	mux := http.NewServeMux()
	mux.HandleFunc("/login", login.begin)
	mux.HandleFunc("/callback", login.sessions.Page(login.callback))
	mux.HandleFunc("/claims", login.sessions.Page(login.claims))
	mux.HandleFunc("/patients", login.sessions.Page(login.patients))
	mux.HandleFunc("/logout", login.sessions.Page(login.logout))
	mux.HandleFunc("/logged-out", func(w http.ResponseWriter, _ *http.Request) { _ = helseid.JSON(w, "logged out") })
	return mux, nil
}

func (login *login) begin(w http.ResponseWriter, request *http.Request) {
	asked := &session{state: rand.Text() + rand.Text(), nonce: rand.Text() + rand.Text(), verifier: oauth2.GenerateVerifier()}
	login.sessions.Begin(w, asked)
	parameters := []oauth2.AuthCodeOption{oidc.Nonce(asked.nonce), oauth2.S256ChallengeOption(asked.verifier)}
	address, err := url.Parse(login.config.AuthCodeURL(asked.state, parameters...))
	if err == nil {
		query := address.Query()
		object := map[string]any{"iss": login.client.ID, "aud": login.client.Issuer}
		for name := range query {
			object[name] = query.Get(name)
		}
		var signed string
		signed, err = login.sign(object)
		query.Set("request", signed)
		address.RawQuery = query.Encode()
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, request, address.String(), http.StatusFound)
}

func (login *login) callback(w http.ResponseWriter, request *http.Request, session *session) error {
	if request.FormValue("state") != session.state {
		return errors.New("another state")
	}
	assertion, err := login.sign(map[string]any{
		"iss": login.client.ID, "sub": login.client.ID, "aud": []string{login.config.Endpoint.TokenURL}, "iat": time.Now().Unix(),
	})
	if err != nil {
		return err
	}
	session.token, err = login.config.Exchange(request.Context(), request.FormValue("code"), oauth2.VerifierOption(session.verifier),
		oauth2.SetAuthURLParam("client_assertion_type", helseid.AssertionType), oauth2.SetAuthURLParam("client_assertion", assertion))
	if err != nil {
		return err
	}
	session.idToken, _ = session.token.Extra("id_token").(string)
	idToken, err := login.provider.Verifier(&oidc.Config{ClientID: login.client.ID}).Verify(request.Context(), session.idToken)
	if err != nil {
		return err
	}
	if idToken.Nonce != session.nonce {
		return errors.New("another nonce")
	}
	if err := idToken.VerifyAccessToken(session.token.AccessToken); err != nil {
		return err
	}
	http.Redirect(w, request, "/claims", http.StatusFound)
	return idToken.Claims(&session.claims)
}

func (login *login) claims(w http.ResponseWriter, _ *http.Request, session *session) error {
	return helseid.JSON(w, session.claims)
}

func (login *login) patients(w http.ResponseWriter, _ *http.Request, session *session) error {
	answer, err := helseid.CallAPI(session.token, http.DefaultTransport)
	if err != nil {
		return err
	}
	return helseid.JSON(w, answer)
}

func (login *login) logout(w http.ResponseWriter, request *http.Request, session *session) error {
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := login.provider.Claims(&metadata); err != nil {
		return err
	}
	login.sessions.End(request)
	query := url.Values{"id_token_hint": {session.idToken}, "post_logout_redirect_uri": {login.home + "/logged-out"}}
	http.Redirect(w, request, metadata.EndSession+"?"+query.Encode(), http.StatusFound)
	return nil
}

// sign makes a JWT of a minute by the client's key, without typ.
func (login *login) sign(claims map[string]any) (string, error) {
	key := jose.SigningKey{Algorithm: jose.SignatureAlgorithm(login.client.Key.Algorithm), Key: login.client.Key}
	signer, err := jose.NewSigner(key, nil)
	if err != nil {
		return "", err
	}
	now := time.Now()
	claims["nbf"], claims["exp"], claims["jti"] = now.Unix(), now.Add(time.Minute).Unix(), uuid.NewString()
	return jwt.Signed(signer).Claims(claims).Serialize()
}
