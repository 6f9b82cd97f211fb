package io.github.mcpsession.samples.cart;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * Starts the server.
 */
@SpringBootApplication
public class CartServerApplication {

	public static void main(String[] args) {
		SpringApplication.run(CartServerApplication.class, args);
	}

}
