package dev.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.swagger.v3.oas.models.Operation;
import io.swagger.v3.oas.models.PathItem.HttpMethod;
import io.swagger.v3.parser.OpenAPIV3Parser;
import io.swagger.v3.parser.core.models.SwaggerParseResult;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the front says of itself, by the rules of OpenAPI and by what is really there. */
class OpenApiTest extends FrontTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void isAnOpenApiDocument() throws Exception {
        SwaggerParseResult result = document();

        assertThat(result.getMessages()).isEmpty();
        assertThat(result.getOpenAPI().getOpenapi()).startsWith("3.1");
    }

    @TestFactory
    Stream<DynamicTest> everyOperationIsThereAndAnswersAsItSays() throws Exception {
        return document().getOpenAPI().getPaths().entrySet().stream()
                .flatMap(path -> path.getValue().readOperationsMap().entrySet().stream()
                        .map(operation -> DynamicTest.dynamicTest(
                                operation.getKey() + " " + path.getKey(),
                                () -> check(path.getKey(), operation.getKey(), operation.getValue()))));
    }

    private static void check(String template, HttpMethod method, Operation operation)
            throws IOException, InterruptedException {
        String path = template.replaceAll("\\{\\w+\\}", "none-such").replaceFirst("^/v1", "");
        HttpResponse<String> answer = template.startsWith("/v1")
                ? method == HttpMethod.POST ? front.post(path, "{}") : front.send(method.name(), path)
                : Http.get(URI.create(front.url()).resolve(template).toString());

        assertThat(operation.getResponses().keySet()).as(answer.body()).contains(Integer.toString(answer.statusCode()));
        if (answer.statusCode() >= 400) {
            assertThat(JSON.readTree(answer.body()).at("/error/message").asText())
                    .isNotEmpty()
                    .isNotIn("there is nothing at this path", "this path has another method");
        }
    }

    private static SwaggerParseResult document() throws IOException, InterruptedException {
        HttpResponse<String> answer =
                Http.get(URI.create(front.url()).resolve("/openapi.json").toString());
        return new OpenAPIV3Parser().readContents(answer.body(), null, null);
    }
}
