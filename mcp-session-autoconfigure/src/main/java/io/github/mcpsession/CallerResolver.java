package io.github.mcpsession;

import java.security.Principal;
import java.util.Objects;
import java.util.Optional;

import io.modelcontextprotocol.common.McpTransportContext;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Identifies the caller of a request. Declare a bean of this type if the name of the
 * principal does not identify a caller, for instance with several authorization servers
 * or tenants.
 *
 * @since 0.1.0
 */
@FunctionalInterface
public interface CallerResolver {

	/**
	 * The key of the caller in the request's transport context.
	 */
	String KEY = "io.github.mcpsession.caller";

	/**
	 * Resolve the caller.
	 * @param request the request, after authentication
	 * @return what the caller's sessions are bound to, the same for all requests of a
	 * caller and different for any other; {@code null} for an anonymous one. Blank if the
	 * caller is authenticated but cannot be identified: it gets 403, unless
	 * {@code mcp.session.principal-binding} is off
	 */
	@Nullable String resolve(HttpServletRequest request);

	/**
	 * The name of the principal of the request. A principal without a name, as made from
	 * an access token without a subject, is blank, not anonymous.
	 * @return the default resolver
	 */
	static CallerResolver principalName() {
		return (request) -> {
			Principal principal = request.getUserPrincipal();
			return (principal != null) ? Objects.requireNonNullElse(principal.getName(), "") : null;
		};
	}

	/**
	 * The authenticated caller of a request, as it was resolved.
	 * @param context the transport context, as in {@code exchange.transportContext()}
	 * @return the caller, or empty for an anonymous one
	 */
	static Optional<String> callerOf(McpTransportContext context) {
		return Optional.ofNullable(context.get(KEY)).map(String.class::cast);
	}

}
