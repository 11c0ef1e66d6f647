package helseid

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"

	"golang.org/x/oauth2"
)

// CallAPI calls the API at API_URL with the token, and once more with a signature that was tampered with. It returns a line
// such as "DPoP 200, 5 entries; tampered 401".
func CallAPI(token *oauth2.Token, transport http.RoundTripper) (string, error) {
	status, entries, err := get(token, transport)
	if err != nil {
		return "", err
	}
	tampered := *token
	tampered.AccessToken = Tamper(token.AccessToken)
	refused, _, err := get(&tampered, transport)
	return fmt.Sprintf("%s %d, %d entries; tampered %d", token.Type(), status, entries, refused), err
}

func get(token *oauth2.Token, transport http.RoundTripper) (status, entries int, err error) {
	client := http.Client{Transport: &oauth2.Transport{Source: oauth2.StaticTokenSource(token), Base: transport}}
	answer, err := client.Get(os.Getenv("API_URL"))
	if err != nil {
		return 0, 0, err
	}
	defer answer.Body.Close()
	var body map[string]any
	if answer.StatusCode == http.StatusOK {
		err = json.NewDecoder(answer.Body).Decode(&body)
	}
	return answer.StatusCode, len(body), err
}

// Tamper changes the first letter of a token's signature.
func Tamper(token string) string {
	dot := strings.LastIndex(token, ".") + 1
	letter := "A"
	if token[dot:dot+1] == letter {
		letter = "B"
	}
	return token[:dot] + letter + token[dot+1:]
}

// Report prints line, or what the authority or the library refused, which ends the program with code 3.
func Report(line string, err error) {
	var refusal *oauth2.RetrieveError
	if errors.As(err, &refusal) {
		line = "refused: " + refusal.ErrorCode + " " + refusal.ErrorDescription
	} else if err != nil {
		line = "refused: " + err.Error()
	}
	fmt.Println(line)
	if err != nil {
		os.Exit(3)
	}
}
