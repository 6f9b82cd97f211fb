package io.github.mcpsession;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.beans.factory.annotation.Qualifier;

/**
 * Qualifier of the {@link javax.sql.DataSource} that sessions are kept in, for an
 * application that has another one for its own data. Without such a bean sessions are
 * kept in the application's only, or primary, {@code DataSource}. The tables are created
 * there too, depending on {@code mcp.session.jdbc.initialize-schema}.
 *
 * @since 0.1.0
 */
@Target({ ElementType.FIELD, ElementType.METHOD, ElementType.PARAMETER, ElementType.TYPE, ElementType.ANNOTATION_TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Qualifier
public @interface McpSessionDataSource {

}
