package io.github.mcpsession.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import io.github.mcpsession.server.Rejection;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.core.Ordered;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/**
 * Answers requests that are not served. Where the transport is called by Spring MVC that
 * answers in its place, just before it would be called, so that the answer is as readable
 * for a browser as the transport's: Spring MVC's CORS configuration is applied by then.
 */
public final class Refusals implements HandlerInterceptor, WebMvcConfigurer {

	private static final String ATTRIBUTE = Refusals.class.getName();

	private volatile boolean sentByMvc;

	private record Refusal(Rejection rejection, @Nullable String id, String details) {
	}

	@Override
	public void addInterceptors(InterceptorRegistry registry) {
		registry.addInterceptor(this).order(Ordered.HIGHEST_PRECEDENCE);
		this.sentByMvc = true;
	}

	/**
	 * Whether Spring MVC, if there is any, sends what is left to it.
	 */
	boolean areSentByMvc() {
		return this.sentByMvc;
	}

	static void leaveToMvc(HttpServletRequest request, Rejection rejection, @Nullable String id, String details) {
		request.setAttribute(ATTRIBUTE, new Refusal(rejection, id, details));
	}

	@Override
	public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
			throws IOException {
		if (request.getAttribute(ATTRIBUTE) instanceof Refusal refusal) {
			send(response, refusal.rejection(), refusal.id(), refusal.details());
			return false;
		}
		return true;
	}

	/**
	 * Send an answer, unless another one was begun.
	 * @param response where to
	 * @param rejection what to answer
	 * @param id the JSON text of the id of the request, {@code null} if it is not known
	 * @param details what the message goes on with
	 */
	static void send(HttpServletResponse response, Rejection rejection, @Nullable String id, String details)
			throws IOException {
		if (response.isCommitted()) {
			return;
		}
		response.setStatus(rejection.status());
		response.setHeader(HttpHeaders.CACHE_CONTROL, CacheControl.noStore().getHeaderValue());
		if (rejection.isTemporary()) {
			response.setHeader(HttpHeaders.RETRY_AFTER, Rejection.retryAfter());
			if (response.containsHeader(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN)) {
				response.addHeader(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, HttpHeaders.RETRY_AFTER);
			}
		}
		byte[] body = rejection.body(id, details).getBytes(StandardCharsets.UTF_8);
		response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

}
