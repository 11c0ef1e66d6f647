package interop.spring;

import com.nimbusds.jose.jwk.JWK;
import java.util.List;
import org.springframework.http.client.ClientHttpRequestInterceptor;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.web.client.RestClient;

/** What asks for a token by client credentials and private_key_jwt. */
final class TokenClients {

    private TokenClients() {}

    /** Spring's own: an assertion without typ, for the token endpoint, and no DPoP. */
    static OAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> asItIs(JWK key) {
        var client = new RestClientClientCredentialsTokenResponseClient();
        client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(registration -> key));
        return client;
    }

    /** As HelseID wants it. Each call of the inner client makes an assertion of its own, also the one with the nonce. */
    static OAuth2AccessTokenResponseClient<OAuth2ClientCredentialsGrantRequest> dpop(
        JWK key, String audience, ClientHttpRequestInterceptor proofs) {
        var assertions = new NimbusJwtClientAuthenticationParametersConverter<OAuth2ClientCredentialsGrantRequest>(registration -> key);
        assertions.setJwtClientAssertionCustomizer(context -> {
            context.getHeaders().type("client-authentication+jwt");
            context.getClaims().audience(List.of(audience));
        });
        var client = new RestClientClientCredentialsTokenResponseClient();
        client.addParametersConverter(assertions);
        client.setRestClient(RestClient.builder()
            .configureMessageConverters(all -> all.addCustomConverter(new OAuth2AccessTokenResponseHttpMessageConverter()))
            .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
            .requestInterceptor(proofs)
            .build());
        return request -> {
            try {
                return client.getTokenResponse(request);
            } catch (OAuth2AuthorizationException refusal) {
                if (refusal.getError().getErrorCode().equals("use_dpop_nonce")) {
                    return client.getTokenResponse(request);
                }
                throw refusal;
            }
        };
    }
}
