package io.github.mcpsession.wire;

import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.ai.mcp.server.webmvc.transport.WebMvcStreamableServerTransportProvider;
import org.springframework.boot.web.error.ErrorPage;
import org.springframework.boot.web.error.ErrorPageRegistrar;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpStatus;
import org.springframework.web.cors.CorsConfiguration;
import org.springframework.web.cors.UrlBasedCorsConfigurationSource;
import org.springframework.web.filter.CorsFilter;
import org.springframework.web.filter.ShallowEtagHeaderFilter;
import org.springframework.web.filter.UrlHandlerFilter;
import org.springframework.web.servlet.config.annotation.CorsRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * By which other paths requests reach the transport at {@code /mcp}, on which servlet it
 * is, and how browsers are let in. No filter has an order.
 */
final class WaysIn {

	private WaysIn() {
	}

	@Configuration(proxyBeanMethods = false)
	static class Filters {

		@Bean
		Filter trailingSlash() {
			return UrlHandlerFilter.trailingSlashHandler("/mcp/**").wrapRequest().build();
		}

		/**
		 * From {@code /t/acme/mcp}.
		 */
		@Bean
		Filter tenant() {
			return filter((path) -> path.startsWith("/t/"),
					(request, response, chain) -> chain.doFilter(new HttpServletRequestWrapper(request) {

						@Override
						public String getRequestURI() {
							return "/mcp";
						}

						@Override
						public StringBuffer getRequestURL() {
							return new StringBuffer("http://localhost/mcp");
						}

						@Override
						public String getServletPath() {
							return "/mcp";
						}

					}, response));
		}

		@Bean
		Filter forward() {
			return filter("/api/mcp"::equals,
					(request, response, chain) -> request.getRequestDispatcher("/mcp").forward(request, response));
		}

		/**
		 * Leaves the thread of the container, and comes back to another path.
		 */
		@Bean
		Filter later() {
			return filter("/later/mcp"::equals, (request, response, chain) -> {
				if (request.getDispatcherType() == DispatcherType.REQUEST) {
					AsyncContext context = request.startAsync(request, response);
					context.start(() -> context.dispatch("/mcp"));
				}
				else {
					chain.doFilter(request, response);
				}
			});
		}

		@Bean
		Filter broken() {
			return filter("/broken/mcp"::equals,
					(request, response, chain) -> response.sendError(HttpServletResponse.SC_EXPECTATION_FAILED));
		}

		@Bean
		ErrorPageRegistrar errorPage() {
			return (registry) -> registry.addErrorPages(new ErrorPage(HttpStatus.EXPECTATION_FAILED, "/mcp"));
		}

		@Bean
		FilterRegistrationBean<ShallowEtagHeaderFilter> etag() {
			FilterRegistrationBean<ShallowEtagHeaderFilter> registration = new FilterRegistrationBean<>(
					new ShallowEtagHeaderFilter());
			registration.addUrlPatterns("/etag/*");
			return registration;
		}

		/**
		 * An endpoint that looks like ours, and is not.
		 */
		@Bean
		ServletRegistrationBean<HttpServlet> proxy() {
			return new ServletRegistrationBean<>(new HttpServlet() {

				@Override
				protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
					String body = new String(request.getInputStream().readAllBytes());
					response.setContentType("text/plain");
					response.getWriter()
						.print(request.getMethod() + " " + request.getHeader("Mcp-Session-Id") + " " + body.strip());
				}

			}, "/proxy/*");
		}

	}

	private interface Handler {

		void handle(HttpServletRequest request, HttpServletResponse response, jakarta.servlet.FilterChain chain)
				throws IOException, jakarta.servlet.ServletException;

	}

	private static Filter filter(Predicate<String> path, Handler handler) {
		return (request, response, chain) -> {
			if (path.test(((HttpServletRequest) request).getRequestURI())) {
				handler.handle((HttpServletRequest) request, (HttpServletResponse) response, chain);
			}
			else {
				chain.doFilter(request, response);
			}
		};
	}

	static CorsConfiguration allowLocal() {
		CorsConfiguration cors = new CorsConfiguration();
		cors.setAllowedOrigins(List.of("http://localhost:6274"));
		cors.setAllowedMethods(List.of("GET", "POST", "DELETE"));
		cors.setAllowedHeaders(List.of("*"));
		return cors;
	}

	/**
	 * For Spring AI's transport, of which functional endpoints are made.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Mvc implements WebMvcConfigurer {

		@Override
		public void addCorsMappings(CorsRegistry registry) {
			registry.addMapping("/**")
				.allowedOrigins("http://localhost:6274")
				.allowedMethods("GET", "POST", "DELETE")
				.exposedHeaders("Mcp-Session-Id");
		}

		@Bean
		RouterFunction<ServerResponse> nested(WebMvcStreamableServerTransportProvider transport) {
			return RouterFunctions.nest(RequestPredicates.path("/tenants/{id}"), transport.getRouterFunction());
		}

		@Bean
		RouterFunction<ServerResponse> more(WebMvcStreamableServerTransportProvider transport) {
			return RouterFunctions.nest(RequestPredicates.path("/second"), transport.getRouterFunction())
				.and(RouterFunctions.nest(RequestPredicates.path("/etag"), transport.getRouterFunction()));
		}

	}

	/**
	 * For the SDK's servlet, which knows no Spring MVC.
	 */
	@Configuration(proxyBeanMethods = false)
	static class ServletCors {

		@Bean
		CorsFilter corsFilter() {
			UrlBasedCorsConfigurationSource source = new UrlBasedCorsConfigurationSource();
			source.registerCorsConfiguration("/**", allowLocal());
			return new CorsFilter(source);
		}

	}

}
