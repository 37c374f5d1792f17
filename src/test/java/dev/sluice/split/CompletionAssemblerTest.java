package dev.sluice.split;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompletionAssemblerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Chunks, and the completion that they are; single quotes stand for double ones. */
    record Case(String name, String completion, String... chunks) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        return Stream.of(
                new Case(
                        "text",
                        "{'id':'c1','created':7,'model':'m','object':'chat.completion','choices':[{'index':0,"
                                + "'message':{'role':'assistant','content':'Hello'},'finish_reason':'stop'}]}",
                        "{'id':'c1','object':'chat.completion.chunk','created':7,'model':'m','choices':[{'index':0,'delta':{'role':'assistant','content':''}}]}",
                        delta("{'content':'Hel'}"),
                        delta("{'content':'lo'}"),
                        end("stop")),
                new Case(
                        "fields that are null as long as nothing is said",
                        "{'object':'chat.completion','system_fingerprint':null,'choices':[{'index':0,'message':{'role':'assistant','content':'a','refusal':null},"
                                + "'logprobs':null,'finish_reason':'stop'}]}",
                        "{'system_fingerprint':null,'choices':[{'index':0,'delta':{'role':'assistant','content':'','refusal':null},'logprobs':null,'finish_reason':null}]}",
                        "{'system_fingerprint':null,'choices':[{'index':0,'delta':{'content':'a'},'logprobs':null,'finish_reason':'stop'}]}"),
                new Case(
                        "white space and nothing else",
                        completion("'content':' \\n\\t '", "stop"),
                        delta("{'content':' '}"),
                        delta("{'content':'\\n\\t'}"),
                        delta("{'content':' '}"),
                        end("stop")),
                new Case(
                        "a surrogate pair that is split over two deltas",
                        completion("'content':'a\uD834\uDD1Eb'", "stop"),
                        delta("{'content':'a\\ud834'}"),
                        delta("{'content':'\\udd1eb'}"),
                        end("stop")),
                new Case(
                        "text that looks like the protocol",
                        completion("'content':'[DONE]data: [DONE]\\n\\n'", "stop"),
                        delta("{'content':'[DONE]'}"),
                        delta("{'content':'data: [DONE]\\n\\n'}"),
                        end("stop")),
                new Case(
                        "no text at all",
                        completion("'content':null", "content_filter"),
                        delta("{'role':'assistant'}"),
                        end("content_filter")),
                new Case(
                        "a refusal",
                        completion("'content':null,'refusal':'I cannot'", "stop"),
                        delta("{'role':'assistant','content':null,'refusal':''}"),
                        delta("{'refusal':'I '}"),
                        delta("{'refusal':'cannot'}"),
                        end("stop")),
                new Case(
                        "reasoning, under both its names",
                        completion("'content':'42','reasoning_content':'Let us see','reasoning':'Hm, so'", "stop"),
                        delta("{'reasoning_content':'Let ','reasoning':'Hm, '}"),
                        delta("{'reasoning_content':'us see','reasoning':'so'}"),
                        delta("{'content':'42'}"),
                        end("stop")),
                new Case(
                        "several choices in turn, out of order",
                        "{'object':'chat.completion','choices':["
                                + "{'index':0,'message':{'role':'assistant','content':'ab'},'finish_reason':'length'},"
                                + "{'index':1,'message':{'role':'assistant','content':'xy'},'finish_reason':'stop'}]}",
                        "{'choices':[{'index':1,'delta':{'content':'x'}}]}",
                        "{'choices':[{'index':0,'delta':{'content':'a'}},{'index':1,'delta':{'content':'y'}}]}",
                        "{'choices':[{'index':1,'delta':{},'finish_reason':'stop'}]}",
                        "{'choices':[{'index':0,'delta':{'content':'b'},'finish_reason':'length'}]}"),
                new Case(
                        "tool calls, their arguments in turn",
                        completion(
                                "'content':null,'tool_calls':["
                                        + "{'id':'t0','type':'function','function':{'name':'f','arguments':'{\\'a\\':1}'}},"
                                        + "{'id':'t1','type':'function','function':{'name':'g','arguments':'[2]'}}]",
                                "tool_calls"),
                        delta(
                                "{'role':'assistant','content':null,'tool_calls':[{'index':0,'id':'t0','type':'function','function':{'name':'f','arguments':''}}]}"),
                        delta("{'tool_calls':[{'index':0,'function':{'arguments':'{\\'a\\''}}]}"),
                        delta(
                                "{'tool_calls':[{'index':1,'id':'t1','type':'function','function':{'name':'g','arguments':'['}}]}"),
                        delta(
                                "{'tool_calls':[{'index':1,'function':{'arguments':'2]'}},{'index':0,'function':{'arguments':':1}'}}]}"),
                        end("tool_calls")),
                new Case(
                        "a tool call whose later parts repeat its fields empty",
                        completion(
                                "'content':null,'tool_calls':[{'id':'t0','type':'function','function':{'name':'f','arguments':'{}'}}]",
                                "tool_calls"),
                        delta(
                                "{'tool_calls':[{'index':0,'id':'t0','type':'function','function':{'name':'f','arguments':''}}]}"),
                        delta(
                                "{'tool_calls':[{'index':0,'id':'','type':'function','function':{'name':'','arguments':'{'}}]}"),
                        delta(
                                "{'role':'','tool_calls':[{'index':0,'id':null,'type':null,'function':{'name':null,'arguments':'}'}}]}"),
                        end("tool_calls")),
                new Case(
                        "tool calls without an index, whole or in pieces",
                        completion(
                                "'content':null,'tool_calls':[{'id':'t0','function':{'name':'f','arguments':'{}'}},"
                                        + "{'id':'t1','function':{'name':'g','arguments':'[2]'}}]",
                                "tool_calls"),
                        delta("{'tool_calls':[{'id':'t0','function':{'name':'f','arguments':'{}'}}]}"),
                        delta("{'tool_calls':[{'id':'t1','function':{'name':'g','arguments':'['}}]}"),
                        delta("{'tool_calls':[{'function':{'arguments':'2]'}}]}"),
                        end("tool_calls")),
                new Case(
                        "a tool call of a kind of its own",
                        completion(
                                "'content':null,'tool_calls':[{'id':'t0','type':'custom','custom':{'name':'sql','input':'select 1'}}]",
                                "tool_calls"),
                        delta(
                                "{'tool_calls':[{'index':0,'id':'t0','type':'custom','custom':{'name':'sql','input':''}}]}"),
                        delta("{'tool_calls':[{'index':0,'custom':{'input':'select '}}]}"),
                        delta("{'tool_calls':[{'index':0,'custom':{'input':'1'}}]}"),
                        end("tool_calls")),
                new Case(
                        "speech with its transcript",
                        completion(
                                "'content':null,'audio':{'id':'a','data':'AAAABBBB','transcript':'Hi there'}", "stop"),
                        delta("{'audio':{'id':'a','transcript':'Hi '}}"),
                        delta("{'audio':{'data':'AAAA'}}"),
                        delta("{'audio':{'transcript':'there','data':'BBBB'}}"),
                        end("stop")),
                new Case(
                        "details of the reasoning",
                        completion(
                                "'content':'42','reasoning_details':[{'type':'reasoning.text','text':'Let us see','index':0}]",
                                "stop"),
                        delta("{'reasoning_details':[{'type':'reasoning.text','text':'Let ','index':0}]}"),
                        delta("{'reasoning_details':[{'type':'reasoning.text','text':'us see','index':0}]}"),
                        delta("{'content':'42'}"),
                        end("stop")),
                new Case(
                        "a function call of the old kind",
                        completion(
                                "'content':null,'function_call':{'name':'f','arguments':'{\\'a\\':1}'}",
                                "function_call"),
                        delta("{'role':'assistant','content':null,'function_call':{'name':'f','arguments':''}}"),
                        delta("{'function_call':{'arguments':'{\\'a\\''}}"),
                        delta("{'function_call':{'arguments':':1}'}}"),
                        end("function_call")),
                new Case(
                        "usage in a last chunk without choices",
                        "{'object':'chat.completion','choices':[{'index':0,'message':{'role':'assistant','content':'a'},'finish_reason':'stop'}],"
                                + "'usage':{'prompt_tokens':1,'completion_tokens':2,'total_tokens':3}}",
                        "{'choices':[{'index':0,'delta':{'content':'a'}}],'usage':null}",
                        end("stop"),
                        "{'choices':[],'usage':{'prompt_tokens':1,'completion_tokens':2,'total_tokens':3}}"),
                new Case(
                        "usage that counts up on every chunk, null at last",
                        "{'object':'chat.completion','choices':[{'index':0,'message':{'role':'assistant','content':'ab'},'finish_reason':'stop'}],'usage':{'total_tokens':9}}",
                        "{'choices':[{'index':0,'delta':{'content':'a'}}],'usage':{'total_tokens':8}}",
                        "{'choices':[{'index':0,'delta':{'content':'b'}}],'usage':{'total_tokens':9}}",
                        "{'choices':[{'index':0,'delta':{},'finish_reason':'stop'}],'usage':null}"),
                new Case(
                        "Azure: a first chunk without choices, late ones without delta and without names",
                        "{'id':'c1','created':7,'model':'gpt-4o','object':'chat.completion','prompt_filter_results':[{'prompt_index':0}],'choices':[{'index':0,"
                                + "'message':{'role':'assistant','content':'a'},'content_filter_results':{'hate':{'filtered':false}},'finish_reason':'stop'}]}",
                        "{'id':'','object':'','created':0,'model':'','prompt_filter_results':[{'prompt_index':0}],'choices':[]}",
                        "{'id':'c1','object':'chat.completion.chunk','created':7,'model':'gpt-4o','choices':[{'index':0,'delta':{'role':'assistant','content':'a'},'finish_reason':null}]}",
                        "{'id':'c1','object':'chat.completion.chunk','created':7,'model':'gpt-4o','choices':[{'index':0,'delta':{},'finish_reason':'stop'}]}",
                        "{'id':'','object':'','created':0,'model':'','choices':[{'index':0,'finish_reason':null,'content_filter_results':{'hate':{'filtered':false}}}]}"),
                new Case(
                        "log probabilities",
                        "{'object':'chat.completion','choices':[{'index':0,'message':{'role':'assistant','content':'ab'},"
                                + "'logprobs':{'content':[{'token':'a'},{'token':'b'}],'refusal':null},'finish_reason':'stop'}]}",
                        "{'choices':[{'index':0,'delta':{'content':'a'},'logprobs':{'content':[{'token':'a'}],'refusal':null}}]}",
                        "{'choices':[{'index':0,'delta':{'content':'b'},'logprobs':{'content':[{'token':'b'}],'refusal':null}}]}",
                        "{'choices':[{'index':0,'delta':{},'logprobs':null,'finish_reason':'stop'}]}"),
                new Case(
                        "fields that nobody knows yet",
                        "{'object':'chat.completion','service_tier':'default','choices':[{'index':0,'score':2,'message':{'role':'assistant','content':'a','mood':'fine'},'finish_reason':'stop'}]}",
                        "{'service_tier':'auto','choices':[{'index':0,'score':1,'delta':{'content':'a','mood':'good'}}]}",
                        "{'service_tier':'default','choices':[{'index':0,'score':2,'delta':{'mood':'fine'},'finish_reason':'stop'}]}"),
                new Case(
                        "a choice without an index",
                        completion("'content':'a'", "stop"),
                        "{'choices':[{'delta':{'content':'a'}}]}",
                        "{'choices':[{'delta':{},'finish_reason':'stop'}]}"),
                new Case(
                        "chunks that are none",
                        completion("'content':'a'", "stop"),
                        "null",
                        "7",
                        "{}",
                        "{'choices':null}",
                        delta("{'content':'a'}"),
                        "{'choices':[{'index':0,'delta':null,'finish_reason':'stop'}]}"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void makesTheCompletionThatItWouldHaveBeenWithoutStreaming(Case given) {
        CompletionAssembler answer = assembled(given.chunks);

        assertThat(answer.whole()).isEqualTo(json(given.completion));
        assertThat(answer.finished()).isTrue();
    }

    @Test
    void isNotFinishedBeforeEveryChoiceIs() {
        assertThat(assembled().finished()).isFalse();
        assertThat(assembled("{'choices':[]}").finished()).isFalse();
        assertThat(assembled(delta("{'content':'a'}")).finished()).isFalse();
        assertThat(assembled(end("stop"), "{'choices':[{'index':1,'delta':{'content':'a'}}]}")
                        .finished())
                .isFalse();
    }

    @Test
    void remembersThatAChoiceEndedInError() {
        assertThat(assembled(end("stop")).endedInError()).isFalse();
        assertThat(assembled(end("stop"), "{'choices':[{'index':1,'finish_reason':'error'}]}")
                        .endedInError())
                .isTrue();
    }

    @Test
    void hasNoUsageWhenNoneWasSent() {
        assertThat(assembled(end("stop"), "{'choices':[],'usage':null}").usage().isMissingNode())
                .isTrue();
    }

    private static CompletionAssembler assembled(String... chunks) {
        CompletionAssembler answer = new CompletionAssembler();
        for (String chunk : chunks) {
            answer.add(json(chunk));
        }
        return answer;
    }

    private static String delta(String delta) {
        return "{'choices':[{'index':0,'delta':" + delta + ",'finish_reason':null}]}";
    }

    private static String end(String reason) {
        return "{'choices':[{'index':0,'delta':{},'finish_reason':'" + reason + "'}]}";
    }

    private static String completion(String message, String reason) {
        return "{'object':'chat.completion','choices':[{'index':0,'message':{'role':'assistant'," + message
                + "},'finish_reason':'" + reason + "'}]}";
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace("\\'", "\\\"").replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
