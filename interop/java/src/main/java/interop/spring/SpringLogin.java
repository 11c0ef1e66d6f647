package interop.spring;

import com.nimbusds.jose.jwk.JWK;
import interop.Settings;
import jakarta.servlet.http.HttpSession;
import java.util.Map;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.endpoint.NimbusJwtClientAuthenticationParametersConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.client.RestClient;

/**
 * A web application on Spring Security's own login: its ID token, its userinfo, its refresh and its logout. A token that ends within
 * a minute it refreshes before each use.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
@RestController
public class SpringLogin {

    private static Settings settings;

    public static void main(String[] arguments) throws Exception {
        settings = Settings.ofEnvironment();
        var scopes = "login.scopes=" + settings.scope().replace(' ', ',');
        new SpringApplicationBuilder(SpringLogin.class).properties("spring.config.name=login", scopes).run(arguments);
    }

    @GetMapping("/claims")
    Map<String, Object> claims(@AuthenticationPrincipal OidcUser person) {
        return person.getIdToken().getClaims();
    }

    @GetMapping("/userinfo")
    Map<String, Object> userinfo(@AuthenticationPrincipal OidcUser person) {
        return person.getUserInfo().getClaims();
    }

    @GetMapping("/patients")
    String patients(@RegisteredOAuth2AuthorizedClient("helseid") OAuth2AuthorizedClient client, HttpSession session) {
        var token = client.getAccessToken();
        var answer = RestClient.create().get().uri(settings.api())
            .header("Authorization", token.getTokenType().getValue() + " " + token.getTokenValue())
            .retrieve().toEntity(Map.class);
        session.setAttribute("token", token.getTokenValue());
        return "%s %d, %d entries".formatted(
            token.getTokenType().getValue(), answer.getStatusCode().value(), answer.getBody().size());
    }

    /** Whether the token is another one than the API was called with. */
    @GetMapping("/refresh")
    String refresh(@RegisteredOAuth2AuthorizedClient("helseid") OAuth2AuthorizedClient client, HttpSession session) {
        return client.getAccessToken().getTokenValue().equals(session.getAttribute("token")) ? "the same" : "refreshed";
    }

    @GetMapping("/logged-out")
    String loggedOut() {
        return "logged out";
    }

    @Bean
    SecurityFilterChain chain(HttpSecurity http, ClientRegistrationRepository registrations) throws Exception {
        var logout = new OidcClientInitiatedLogoutSuccessHandler(registrations);
        logout.setPostLogoutRedirectUri("{baseUrl}/logged-out");
        return http
            .authorizeHttpRequests(requests -> requests.requestMatchers("/logged-out").permitAll().anyRequest().authenticated())
            .oauth2Login(login -> login.defaultSuccessUrl("/claims"))
            .logout(ends -> ends.logoutSuccessHandler(logout))
            .build();
    }

    @Bean
    JWK key() {
        return settings.key();
    }

    @Bean
    OAuth2AccessTokenResponseClient<OAuth2AuthorizationCodeGrantRequest> codes(JWK key) {
        var client = new RestClientAuthorizationCodeTokenResponseClient();
        client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(registration -> key));
        return client;
    }

    @Bean
    OAuth2AccessTokenResponseClient<OAuth2RefreshTokenGrantRequest> refreshes(JWK key) {
        var client = new RestClientRefreshTokenTokenResponseClient();
        client.addParametersConverter(new NimbusJwtClientAuthenticationParametersConverter<>(registration -> key));
        return client;
    }

    /** Says where it listens, as our own programs do. */
    @EventListener
    void started(WebServerInitializedEvent event) {
        System.out.printf("{\"listen\":[\"127.0.0.1:%d\"]}%n", event.getWebServer().getPort());
    }
}
