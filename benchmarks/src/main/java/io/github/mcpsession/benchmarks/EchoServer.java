package io.github.mcpsession.benchmarks;

import org.springframework.ai.mcp.annotation.McpTool;
import org.springframework.ai.mcp.annotation.McpToolParam;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.stereotype.Component;

/**
 * A server with one tool that answers at once.
 */
@SpringBootApplication
public class EchoServer {

	public static void main(String[] args) {
		SpringApplication.run(EchoServer.class, args);
	}

	/**
	 * The tool.
	 */
	@Component
	static class Tools {

		@McpTool(name = "echo", description = "Echoes a text")
		String echo(@McpToolParam(description = "The text") String text) {
			return text;
		}

	}

}
