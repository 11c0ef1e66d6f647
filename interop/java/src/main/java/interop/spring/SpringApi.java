package interop.spring;

import static org.springframework.security.config.Customizer.withDefaults;

import java.util.Collection;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtClaimNames;
import org.springframework.security.oauth2.jwt.JwtClaimValidator;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtIssuerValidator;
import org.springframework.security.oauth2.jwt.JwtTypeValidator;
import org.springframework.security.oauth2.jwt.JwtValidators;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An API on Spring Security, which takes tokens of HELSEID_ISSUER for AUDIENCE with HELSEID_SCOPE. */
@SpringBootConfiguration
@EnableAutoConfiguration
@RestController
public class SpringApi {

    public static void main(String[] arguments) {
        new SpringApplicationBuilder(SpringApi.class).properties("spring.config.name=api").run(arguments);
    }

    @GetMapping("/whoami")
    Map<String, Object> whoami(@AuthenticationPrincipal Jwt token) {
        return Map.of("client_id", token.getClaimAsString("client_id"), "scope", token.getClaimAsStringList("scope"));
    }

    @Bean
    SecurityFilterChain chain(HttpSecurity http, @Value("${HELSEID_SCOPE}") String scope) throws Exception {
        return http.authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("SCOPE_" + scope))
            // DPoP is the only way in.
            .oauth2ResourceServer(server -> server.bearerTokenResolver(request -> null).jwt(withDefaults()))
            .build();
    }

    /** Spring's own decoder takes typ JWT alone; HelseID's tokens are at+jwt. */
    @Bean
    JwtDecoder decoder(@Value("${HELSEID_ISSUER}") String issuer, @Value("${AUDIENCE}") String audience) {
        var decoder = NimbusJwtDecoder.withIssuerLocation(issuer).validateType(false).build();
        decoder.setJwtValidator(JwtValidators.createDefaultWithValidators(
            new JwtTypeValidator("at+jwt"),
            new JwtIssuerValidator(issuer),
            new JwtClaimValidator<Collection<String>>(JwtClaimNames.AUD, named -> named != null && named.contains(audience))));
        return decoder;
    }

    /** Says where it listens, as our own programs do. */
    @EventListener
    void started(WebServerInitializedEvent event) {
        System.out.printf("{\"listen\":[\"127.0.0.1:%d\"]}%n", event.getWebServer().getPort());
    }
}
