import dev.deeprepo.checkout.GitServer;
import dev.deeprepo.client.AnalysesApi;
import dev.deeprepo.client.Analysis;
import dev.deeprepo.client.AnalysisRequest;
import dev.deeprepo.client.ApiClient;
import dev.deeprepo.client.ApiException;
import dev.deeprepo.client.Estimate;
import dev.deeprepo.client.Mode;
import dev.deeprepo.client.ModelList;
import dev.deeprepo.client.ModelsApi;
import dev.deeprepo.client.Report;
import dev.deeprepo.client.Status;
import dev.deeprepo.client.Trajectory;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A caller that has only the client which was generated from the service's own description. */
public final class GeneratedClient {

    private static final Set<Status> UNDER_WAY = Set.of(Status.QUEUED, Status.RUNNING);

    public static void main(String[] arguments) throws Exception {
        ApiClient client = new ApiClient();
        client.updateBaseUri(arguments[0]);
        AnalysesApi analyses = new AnalysesApi(client);
        try (GitServer git = GitServer.start()) {
            git.create("hello", Map.of("README.md", "# Hello\n", "hello.py", "def hello():\n    print(eval('1'))\n"));
            ModelList models = new ModelsApi(client).listModels();
            check(models.getDefaults().getRoot().equals("offline/explorer"), models);

            AnalysisRequest request = new AnalysisRequest().repository(git.url("hello")).maxTurns(10);
            Estimate estimate = analyses.estimateAnalysis(request);
            check(estimate.getFiles() == 2, estimate);
            for (Mode mode : Mode.values()) {
                complete(analyses, request.mode(mode));
            }
            refuses(analyses, new AnalysisRequest().repository("file:///etc"), 400, "repository-refused");
        }
    }

    private static void complete(AnalysesApi analyses, AnalysisRequest request) throws ApiException {
        UUID id = analyses.submitAnalysis(request, "generated-client-" + request.getMode()).getId();
        Instant patience = Instant.now().plusSeconds(60);
        Analysis analysis = analyses.getAnalysis(id);
        while (UNDER_WAY.contains(analysis.getStatus())) {
            check(Instant.now().isBefore(patience), analysis);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
            analysis = analyses.getAnalysis(id);
        }
        check(analysis.getStatus() == Status.COMPLETED, analysis);
        Report report = analyses.getReport(id, null);
        check(report.getBody().contains("hello.py"), report);
        Trajectory trajectory = analyses.getTrajectory(id);
        check(trajectory.getEnded() != null, trajectory);
        check(analyses.listAnalyses(Status.COMPLETED, 1, null).getItems().getFirst().getId().equals(id), id);
        analyses.deleteAnalysis(id);
        refusesToFind(analyses, id);
        System.out.printf("%s: completed, %d findings, $%s%n", request.getMode(), report.getFindings().size(),
                analysis.getUsage().getTotal().getCostUsd());
    }

    private static void refusesToFind(AnalysesApi analyses, UUID id) {
        try {
            check(false, analyses.getAnalysis(id));
        } catch (ApiException gone) {
            check(gone.getCode() == 404 && gone.getResponseBody().contains("analysis-not-found"), gone);
        }
    }

    private static void refuses(AnalysesApi analyses, AnalysisRequest request, int status, String code) {
        try {
            check(false, analyses.submitAnalysis(request, null));
        } catch (ApiException refused) {
            check(refused.getCode() == status && refused.getResponseBody().contains(code), refused);
        }
    }

    private static void check(boolean holds, Object evidence) {
        if (!holds) {
            throw new AssertionError(evidence);
        }
    }
}
