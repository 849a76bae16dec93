using RecordingService.Simulation;

var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { Args = args, ContentRootPath = AppContext.BaseDirectory });
var options = builder.Configuration.GetSection(SimulatorOptions.Section).Get<SimulatorOptions>() ?? new SimulatorOptions();
if (args.Contains(HealthCheck.Argument))
{
    return await HealthCheck.RunAsync(options);
}

builder.Services.AddSingleton(options);
builder.Services.AddHostedService<SimulatorService>();
await builder.Build().RunAsync();
return 0;
