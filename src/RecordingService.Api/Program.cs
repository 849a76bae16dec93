using Microsoft.Extensions.Options;
using RecordingService.Api.Access;
using RecordingService.Api.Diagnosis;
using RecordingService.Api.Events;
using RecordingService.Api.Hosting;
using RecordingService.Api.Notifications;
using RecordingService.Api.OpenApi;
using RecordingService.Api.Operations;
using RecordingService.Api.Problems;
using RecordingService.Api.Recordings;
using RecordingService.Api.Requests;
using RecordingService.Api.RoomTypes;
using RecordingService.Infrastructure.Agora;
using RecordingService.Infrastructure.Engine;
using RecordingService.Infrastructure.Events;
using RecordingService.Infrastructure.Storage;

if (CommandHelp.IsAskedFor(args))
{
    Console.WriteLine(CommandHelp.Text);
    return 0;
}

if (args.Contains("--healthcheck"))
{
    return await HealthCheck.RunAsync();
}

var builder = WebApplication.CreateBuilder(args);
builder.AddLogs();
builder.AddServerLimits();
builder.AddCrossOrigin();
builder.AddAccess();
builder.AddNotifications();
builder.Services.AddEngine(builder.Configuration);
builder.Services.AddAgora(builder.Configuration);
builder.Services.AddStorage(builder.Configuration);
builder.Services.AddWebhooks(builder.Configuration);
builder.Services.AddRecordings();
builder.Services.AddDiagnosis();
builder.Services.AddRoomTypes();
builder.Services.AddEvents();
builder.Services.AddWebhookEndpoints();
builder.Services.AddApiDocument();

var app = builder.Build();
try
{
    if (args.Contains("--migrate"))
    {
        return await Migration.RunAsync(app.Services);
    }

    if (KeyCommand.In(args) is { } keys)
    {
        return await keys.RunAsync(app.Services, Console.Out, Console.Error);
    }

    if (ConfigurationFaults.Find(app.Services) is { Count: > 0 } all)
    {
        return await RefuseAsync(all);
    }

    app.UseTrustedProxies();
    app.UseRefusals();
    app.UseTraceIds();
    app.UseRequestLog();
    app.UseCrossOrigin();
    app.UseProblems();
    app.UseHeadAsGet();
    app.UseNotificationPort();
    app.UseAccess();
    app.UseRequestRules();
    app.MapRecordings();
    app.MapEvents();
    app.MapDiagnosis();
    app.MapRoomTypes();
    app.MapProjects();
    app.MapWebhooks();
    app.MapAccess();
    app.MapNotifications();
    app.MapHealth();
    app.MapApiDocument();
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException faults)
{
    return await RefuseAsync(faults.Failures);
}

// Whoever set this up needs the sentences, not a stack trace.
static async Task<int> RefuseAsync(IEnumerable<string> faults)
{
    foreach (var fault in faults)
    {
        await Console.Error.WriteLineAsync(fault);
    }

    return 1;
}

/// <summary>The HTTP interface of RecordingService.</summary>
public sealed partial class Program;
