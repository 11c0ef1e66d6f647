package helseid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// Transport sends every request with a DPoP proof by a key of its own, and remembers the newest nonce of each host.
type Transport struct {
	signer jose.Signer
	lock   sync.Mutex
	nonces map[string]string
}

// NewTransport makes a transport with a new key.
func NewTransport() (*Transport, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	options := (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	return &Transport{signer: signer, nonces: map[string]string{}}, err
}

// RoundTrip is http.RoundTripper's.
func (transport *Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	proof, err := transport.proof(request)
	if err != nil {
		return nil, err
	}
	request = request.Clone(request.Context())
	request.Header.Set("DPoP", proof)
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err == nil {
		if nonce := answer.Header.Get("DPoP-Nonce"); nonce != "" {
			transport.lock.Lock()
			transport.nonces[request.URL.Host] = nonce
			transport.lock.Unlock()
		}
	}
	return answer, err
}

func (transport *Transport) proof(request *http.Request) (string, error) {
	address := *request.URL
	address.RawQuery, address.Fragment = "", ""
	claims := map[string]any{
		"htm": request.Method, "htu": address.String(), "iat": time.Now().Unix(), "jti": uuid.NewString(),
	}
	transport.lock.Lock()
	nonce := transport.nonces[request.URL.Host]
	transport.lock.Unlock()
	if nonce != "" {
		claims["nonce"] = nonce
	}
	if token, bound := strings.CutPrefix(request.Header.Get("Authorization"), "DPoP "); bound {
		hash := sha256.Sum256([]byte(token))
		claims["ath"] = base64.RawURLEncoding.EncodeToString(hash[:])
	}
	return jwt.Signed(transport.signer).Claims(claims).Serialize()
}
