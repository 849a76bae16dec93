using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using RecordingService.Testing;

namespace RecordingService.EndToEnd.Tests.Replicas;

/// <summary>A replica dies while it sends a webhook.</summary>
public sealed class KilledSenderTests(EndToEndDatabase postgres)
{
    private const double Factor = 10;

    [Fact]
    public async Task Replica_KilledWhileItSends_IsReplacedAndTheReceiverGetsEveryEventInOrder()
    {
        await using var cloud = await Cloud.StartAsync(postgres, Factor);
        var doomed = await cloud.StartReplicaAsync(("Webhooks__Timeout", "00:00:04"));
        ConcurrentQueue<(string Id, JsonElement Event)> seen = [];
        ConcurrentQueue<JsonElement> taken = [];
        await using var receiver = await ListenAsync(async http =>
        {
            var json = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
            seen.Enqueue((http.Request.Headers["webhook-id"].ToString(), json.RootElement));
            if (seen.Count == 1)
            {
                // The one who sends it does not live to see the answer.
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
            }

            taken.Enqueue(json.RootElement);
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        });
        var (made, _) = await doomed.PostAsync("/v1/webhooks", new { url = $"{receiver.Urls.Single()}/hook" });
        made.ShouldBe(HttpStatusCode.Created);
        var id = await doomed.RecordAsync("dying-sender");

        await Eventually.HoldsAsync(() => !seen.IsEmpty);
        doomed.Api.Kill();
        var survivor = await cloud.StartReplicaAsync(("Webhooks__Timeout", "00:00:04"));
        await Eventually.BecomesAsync(() => survivor.StateAsync(id), state => state == "recording");
        await survivor.PostAsync($"/v1/recordings/{id}/stop", null);
        await Eventually.HoldsAsync(() => taken.Any(one => one.GetProperty("type").GetString() == "recording.completed"));

        seen.Count(one => one.Id == seen.First().Id).ShouldBe(2);
        var sequences = taken.Select(one => one.GetProperty("sequence").GetInt32()).ToList();
        sequences.ShouldBe(Enumerable.Range(1, sequences.Count));
        taken.ShouldAllBe(one => one.GetProperty("data").GetProperty("recordingId").GetString() == id);
    }

    private static async Task<WebApplication> ListenAsync(RequestDelegate take)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = builder.Build();
        receiver.Run(take);
        await receiver.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }
}
