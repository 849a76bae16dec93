# Targets: api (the service) and simulator (Agora Cloud Recording, simulated). Classic builder syntax, so that any builder reads it.
#   docker build --target api -t recording-service .
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS restore
WORKDIR /source
# A feed to use instead of nuget.org, for networks that have a mirror of their own.
ARG NUGET_SOURCE=
ARG FullPackageFeed=false
ENV FullPackageFeed=$FullPackageFeed
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig ./
COPY eng/ eng/
COPY src/RecordingService.Domain/*.csproj src/RecordingService.Domain/
COPY src/RecordingService.Infrastructure/*.csproj src/RecordingService.Infrastructure/
COPY src/RecordingService.Api/*.csproj src/RecordingService.Api/
COPY tools/RecordingService.AgoraSimulator/*.csproj tools/RecordingService.AgoraSimulator/
RUN dotnet restore src/RecordingService.Api ${NUGET_SOURCE:+--source "$NUGET_SOURCE"} \
    && dotnet restore tools/RecordingService.AgoraSimulator ${NUGET_SOURCE:+--source "$NUGET_SOURCE"}

FROM restore AS publish-api
COPY src/ src/
RUN dotnet publish src/RecordingService.Api --no-restore --configuration Release --output /app

FROM restore AS publish-simulator
COPY tools/RecordingService.AgoraSimulator/ tools/RecordingService.AgoraSimulator/
RUN dotnet publish tools/RecordingService.AgoraSimulator --no-restore --configuration Release --output /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS simulator
WORKDIR /app
COPY --from=publish-simulator /app ./
USER $APP_UID
ENV Simulator__Urls__0=http://0.0.0.0:9000
EXPOSE 9000
HEALTHCHECK --interval=5s --timeout=5s --start-period=15s --retries=3 CMD ["dotnet", "RecordingService.AgoraSimulator.dll", "--healthcheck"]
ENTRYPOINT ["dotnet", "RecordingService.AgoraSimulator.dll"]

# Last, so that a build without --target makes the service.
FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS api
WORKDIR /app
COPY --from=publish-api /app ./
USER $APP_UID
ENV ASPNETCORE_HTTP_PORTS=8080
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["dotnet", "RecordingService.Api.dll", "--healthcheck"]
ENTRYPOINT ["dotnet", "RecordingService.Api.dll"]
