// An application with go-oidc, golang.org/x/oauth2 and their defaults.
//
// It reads its settings from standard input, one line of JSON, and prints lines of JSON.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type settings struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURI  string
	Scope        string
	// PEM of the authority that certified the server.
	CA string
}

type claims map[string]any

func main() {
	if err := run(bufio.NewReader(os.Stdin)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(input *bufio.Reader) error {
	line, err := input.ReadBytes('\n')
	if err != nil {
		return err
	}
	var given settings
	if err := json.Unmarshal(line, &given); err != nil {
		return err
	}
	authorities := x509.NewCertPool()
	authorities.AppendCertsFromPEM([]byte(given.CA))
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: authorities}}}
	return logIn(oidc.ClientContext(context.Background(), client), given, input)
}

func say(answer any) error {
	return json.NewEncoder(os.Stdout).Encode(answer)
}

// logIn is the code flow of go-oidc's documentation, which knows the issuer only.
func logIn(ctx context.Context, given settings, input *bufio.Reader) error {
	provider, err := oidc.NewProvider(ctx, given.Issuer)
	if err != nil {
		return err
	}
	config := oauth2.Config{
		ClientID:     given.ClientID,
		ClientSecret: given.ClientSecret,
		Endpoint:     provider.Endpoint(),
		RedirectURL:  given.RedirectURI,
		Scopes:       strings.Fields(given.Scope),
	}
	state, nonce, verifier := rand.Text(), rand.Text(), oauth2.GenerateVerifier()
	if err := say(claims{"url": config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))}); err != nil {
		return err
	}
	code, err := readCode(input, state)
	if err != nil {
		return err
	}
	token, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return err
	}
	idToken, _ := token.Extra("id_token").(string)
	idClaims, err := verify(ctx, provider, given.ClientID, nonce, idToken)
	if err != nil {
		return err
	}
	got, err := readUserInfo(ctx, provider, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	posted, err := postUserInfo(ctx, provider, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	refreshed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	if err != nil {
		return err
	}
	return say(claims{
		"tokens":               claims{"id_token": idToken, "access_token": token.AccessToken, "refresh_token": token.RefreshToken},
		"claims":               idClaims,
		"userInfo":             got,
		"postedUserInfo":       posted,
		"refreshed":            claims{"access_token": refreshed.AccessToken, "refresh_token": refreshed.RefreshToken},
		"accessTokenAsIdToken": misuse(ctx, provider, given, nonce, token.AccessToken),
	})
}

// readCode reads the address that the browser was sent back to.
func readCode(input *bufio.Reader, state string) (string, error) {
	line, err := input.ReadString('\n')
	if err != nil {
		return "", err
	}
	back, err := url.Parse(strings.TrimSpace(line))
	if err != nil {
		return "", err
	}
	if back.Query().Get("state") != state {
		return "", errors.New("the state is another one")
	}
	return back.Query().Get("code"), nil
}

// verify does what the documentation asks of the caller: the verifier, then the nonce.
func verify(ctx context.Context, provider *oidc.Provider, clientID, nonce, raw string) (claims, error) {
	token, err := provider.Verifier(&oidc.Config{ClientID: clientID}).Verify(ctx, raw)
	if err != nil {
		return nil, err
	}
	if token.Nonce != nonce {
		return nil, errors.New("the nonce is another one")
	}
	return readClaims(token.Claims)
}

func readUserInfo(ctx context.Context, provider *oidc.Provider, source oauth2.TokenSource) (claims, error) {
	info, err := provider.UserInfo(ctx, source)
	if err != nil {
		return nil, err
	}
	return readClaims(info.Claims)
}

func postUserInfo(ctx context.Context, provider *oidc.Provider, source oauth2.TokenSource) (claims, error) {
	answer, err := oauth2.NewClient(ctx, source).PostForm(provider.UserInfoEndpoint(), nil)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", answer.Status, body)
	}
	return readClaims(func(all any) error { return json.Unmarshal(body, all) })
}

func readClaims(read func(any) error) (claims, error) {
	var all claims
	err := read(&all)
	return all, err
}

// misuse hands an access token to the verifiers of id_tokens, and tells which of them refuse it, in which words.
func misuse(ctx context.Context, provider *oidc.Provider, given settings, nonce, accessToken string) claims {
	var keys struct {
		URL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&keys); err != nil {
		return claims{"error": err.Error()}
	}
	own := &oidc.Config{ClientID: given.ClientID}
	_, discovered := provider.Verifier(own).Verify(ctx, accessToken)
	_, standalone := oidc.NewVerifier(given.Issuer, oidc.NewRemoteKeySet(ctx, keys.URL), own).Verify(ctx, accessToken)
	_, asDocumented := verify(ctx, provider, given.ClientID, nonce, accessToken)
	return claims{"discovered": wordsOf(discovered), "standalone": wordsOf(standalone), "asDocumented": wordsOf(asDocumented)}
}

func wordsOf(err error) any {
	if err == nil {
		return nil
	}
	return err.Error()
}
