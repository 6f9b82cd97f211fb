package io.github.mcpsession.samples.cart;

import java.math.BigDecimal;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What a cart does without a server.
 */
class CartTests {

	private static final BigDecimal PRICE = new BigDecimal("4.50");

	private final Cart cart = Cart.EMPTY.add("tea", 2, PRICE);

	@Test
	void moreOfTheSameIsOneLine() {
		assertThat(this.cart.add("tea", 3, PRICE).describe()).isEqualTo("5 x tea at 4.50. Total: 22.50");
	}

	@Test
	void quantityHasLimits() {
		for (int quantity : new int[] { 0, -1, 98, Integer.MAX_VALUE, Integer.MIN_VALUE }) {
			assertThatIllegalArgumentException().isThrownBy(() -> this.cart.add("tea", quantity, PRICE))
				.withMessageContaining("to the 2 in the cart");
		}
		assertThat(this.cart.add("tea", 97, PRICE).quantityOf("tea")).isEqualTo(Cart.MAX_QUANTITY);
	}

	@Test
	void removesTheWholeLine() {
		assertThat(this.cart.remove("tea")).isEqualTo(Cart.EMPTY);
	}

	@Test
	void staysTheSameAsJson() {
		JsonMapper json = new JsonMapper();
		assertThat(json.readValue(json.writeValueAsString(this.cart), Cart.class)).isEqualTo(this.cart);
	}

}
