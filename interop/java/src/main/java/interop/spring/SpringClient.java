package interop.spring;

import interop.Settings;
import java.util.Map;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatusCode;
import org.springframework.security.oauth2.client.AuthorizedClientServiceOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizeRequest;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientService;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.web.client.RestClient;

/** A machine-to-machine client on Spring Security. Usage: SpringClient as-it-is|dpop [AUDIENCE] */
@SpringBootConfiguration
@EnableAutoConfiguration
public class SpringClient {

    private static Settings settings;
    private static String[] arguments;

    public static void main(String[] given) throws Exception {
        settings = Settings.ofEnvironment();
        arguments = given;
        var application = new SpringApplicationBuilder(SpringClient.class).properties("spring.config.name=client");
        try (var context = application.run()) {
            var request = OAuth2AuthorizeRequest.withClientRegistrationId("helseid").principal("interop").build();
            var token = context.getBean(OAuth2AuthorizedClientManager.class).authorize(request).getAccessToken();
            var scheme = token.getTokenType().getValue();
            var api = RestClient.builder();
            if (dpop()) {
                api.requestInterceptor(context.getBean(Proofs.class));
            }
            var answer = call(api.build(), scheme + " " + token.getTokenValue()).toEntity(Map.class);
            var tampered = call(api.build(), scheme + " " + Settings.tamper(token.getTokenValue())).toBodilessEntity();
            System.out.printf("%s %d, %d entries; tampered %d%n", scheme, answer.getStatusCode().value(),
                answer.getBody() == null ? 0 : answer.getBody().size(), tampered.getStatusCode().value());
        } catch (OAuth2AuthorizationException refusal) {
            Settings.refused(refusal.getError().getErrorCode() + " " + refusal.getError().getDescription());
        }
    }

    private static RestClient.ResponseSpec call(RestClient api, String authorization) {
        return api.get().uri(settings.api()).header("Authorization", authorization)
            .retrieve().onStatus(HttpStatusCode::isError, (request, response) -> {});
    }

    private static boolean dpop() {
        return arguments[0].equals("dpop");
    }

    @Bean
    Proofs proofs() throws Exception {
        return new Proofs();
    }

    @Bean
    OAuth2AuthorizedClientManager manager(
        ClientRegistrationRepository registrations, OAuth2AuthorizedClientService clients, Proofs proofs) {
        var audience = arguments.length > 1 ? arguments[1] : settings.issuer();
        var tokens = dpop() ? TokenClients.dpop(settings.key(), audience, proofs) : TokenClients.asItIs(settings.key());
        var manager = new AuthorizedClientServiceOAuth2AuthorizedClientManager(registrations, clients);
        manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
            .clientCredentials(grant -> grant.accessTokenResponseClient(tokens)).build());
        return manager;
    }
}
